#!/usr/bin/env bash
# Write requirements-dev.lock anew: every dependency with exact version and hashes, for all
# platforms. Pins that are there are kept; "scripts/lock.sh --upgrade" takes newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."

uv_version=0.13.9
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"

header='# Exact versions and hashes of everything that tests and development install.
# Made by scripts/lock.sh from pyproject.toml; do not edit.'
"$work/venv/bin/uv" pip compile pyproject.toml \
    --extra dev --extra oracles --extra peers \
    --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet \
    --output-file requirements-dev.lock "$@" >/dev/null
# the header goes on top only now: the compiler reads its old output for the present pins
{ printf '%s\n' "$header"; grep -v '^#' requirements-dev.lock; } >"$work/lock"
cat "$work/lock" >requirements-dev.lock
echo "requirements-dev.lock: $(grep -c '==' requirements-dev.lock) packages"
