#!/usr/bin/env bash
# Make .venv with everything the project needs: the locked dependencies (versions and hashes of
# requirements-dev.lock) and the project itself, editable. Re-running brings it up to date.
#
# PYTHON names the interpreter to use; without it the first of python3, python3.14 ... python3.11
# that is new enough.
set -euo pipefail
cd "$(dirname "$0")/.."

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        new_enough "$PYTHON" && echo "$PYTHON" && return
        echo "set-up: PYTHON=$PYTHON does not run or is older than Python 3.11" >&2
        return 1
    fi
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        new_enough "$candidate" && echo "$candidate" && return
    done
    echo "set-up: Python 3.11 or newer is needed and none was found ($(python3 --version 2>&1 || true))" >&2
    echo "set-up: install one (Debian 12: apt-get install python3 python3-venv; macOS: brew install python@3.12), or name it: make PYTHON=/path/to/python3" >&2
    return 1
}

python=$(find_python)

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    # Debian ships python3 without what a virtual environment needs
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        scripts/setup-system.sh venv
    fi
    echo "set-up: $("$python" --version) makes .venv"
    "$python" -m venv --clear .venv
fi

pip=(.venv/bin/python -m pip --disable-pip-version-check --quiet)
echo "set-up: installing $(grep -c '==' requirements-dev.lock) locked packages"
"${pip[@]}" install --require-hashes --requirement requirements-dev.lock
# Without isolation: the build backend is a locked package as well.
"${pip[@]}" install --no-deps --no-build-isolation --editable .
echo "set-up: done, the tool is .venv/bin/interlock"
