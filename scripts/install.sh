#!/bin/sh
# Makes .venv when there is none and installs a lock file and Regulars itself into it: scripts/install.sh PYTHON LOCK
set -eu
python=$1
lock=$2

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

make_venv() {
    command -v "$python" >/dev/null ||
        fail "There is no $python here. Install Python 3.11, 3.12 or 3.13, or name yours: make PYTHON=/path/to/python3"
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case $version in
        3.11 | 3.12 | 3.13) ;;
        *) fail "$python is Python $version; Regulars runs on 3.11, 3.12 and 3.13. Name another: make PYTHON=python3.12" ;;
    esac
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make virtual environments: its venv module is missing." \
            "Debian, Ubuntu: apt-get install python3-venv    (or python$version-venv)" \
            "Elsewhere: install the package of your system that holds Python's venv and ensurepip modules."
    echo ".venv: made with Python $version"
    "$python" -m venv --clear .venv
}

.venv/bin/python -c 'import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || make_venv
echo ".venv: installing the $(grep -c '^[a-z0-9].*==' "$lock") packages of $lock (a minute or two the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$lock"
PYTHONWARNINGS=ignore .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
