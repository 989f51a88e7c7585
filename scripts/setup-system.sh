#!/usr/bin/env bash
# Install the programs from outside Python that tests use. Two groups:
#
#   test (default)  tshark, text2pcap  dissect generated traffic          (Debian: tshark)
#                   erlc, erl          second ASN.1 compiler and codec    (Debian: erlang-base, erlang-asn1)
#                   openssl            second opinion on certificates     (Debian: openssl)
#                   chromium           shows the report of verification   (Debian: chromium)
#   venv            what "python3 -m venv" needs                          (Debian: python3-venv)
#
# Only what is missing is installed, and only as root or with a sudo that asks for no password.
# Where that is not possible the script says what to do and succeeds: the tests concerned are
# skipped with a reason. With CI=true it fails instead, so that nothing is skipped unnoticed.
set -euo pipefail

group=${1:-test}

has() { command -v "$1" >/dev/null 2>&1; }

missing=() # Debian packages
formulas=() # Homebrew formulas
need() { # program, package, formula
    has "$1" && return
    echo "set-up: $1 is missing (Debian package $2)"
    [[ " ${missing[*]-} " == *" $2 "* ]] || missing+=("$2")
    [[ " ${formulas[*]-} " == *" $3 "* ]] || formulas+=("$3")
}

case $group in
test)
    need tshark tshark wireshark
    need text2pcap tshark wireshark
    need erlc erlang-base erlang
    need erl erlang-base erlang
    need openssl openssl openssl@3
    need chromium chromium chromium
    # the ASN.1 compiler is an application of its own, without a program
    if has erl && ! erl -noshell -eval 'halt(case code:lib_dir(asn1) of {error, _} -> 1; _ -> 0 end).' </dev/null >/dev/null 2>&1; then
        echo "set-up: Erlang has no ASN.1 compiler (Debian package erlang-asn1)"
        missing+=(erlang-asn1)
        formulas+=(erlang)
    elif ! has erl; then
        missing+=(erlang-asn1)
    fi
    ;;
venv)
    python3 -c 'import ensurepip, venv' 2>/dev/null || {
        missing+=(python3-venv)
        formulas+=(python@3.12)
    }
    ;;
*)
    echo "set-up: there is no group \"$group\" (test, venv)" >&2
    exit 2
    ;;
esac

if [ ${#missing[@]} -eq 0 ]; then
    echo "set-up: all programs of the group \"$group\" are there"
    exit 0
fi

give_up() {
    echo "set-up: $1" >&2
    if [ "${CI:-}" = true ] || [ "$group" = venv ]; then
        exit 1
    fi
    echo "set-up: tests that need these programs will be skipped" >&2
    exit 0
}

if ! has apt-get; then
    if has brew; then
        give_up "install by hand: brew install ${formulas[*]}"
    fi
    give_up "install by hand, under the names of your system: ${missing[*]}"
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if has sudo && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        give_up "no right to install; run: sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
fi

# Packages ask questions (may others capture packets?); nobody is there to answer.
apt() { ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" </dev/null; }

echo "set-up: apt-get installs ${missing[*]}"
apt update >/dev/null || give_up "apt-get update failed"
apt install --no-install-recommends "${missing[@]}" >/dev/null || give_up "apt-get install failed"
echo "set-up: installed ${missing[*]}"
