#!/bin/sh
# Makes the virtual environment .venv, unless it is there, and installs Kobai and its tools into it.
#
# It needs Python 3.11 or newer; PYTHON=… names the one to use. Debian's python3 comes without the
# module that puts pip into an environment: root gets it installed here, others are told its name.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# A command can be on the path and still not run (a version manager's shim), so each is tried.
is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

makes_environments() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

# Sets `python` to the first recent interpreter that makes environments, or else the first recent.
find_python() {
    recent=
    for python in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        is_recent "$python" || continue
        if makes_environments "$python"; then
            return
        fi
        recent=${recent:-$python}
    done
    python=$recent
}

install_venv_package() {
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    command -v apt-get >/dev/null ||
        fail "$python has no module ensurepip: install your system's package for venv, or set PYTHON."
    [ "$(id -u)" -eq 0 ] ||
        fail "$python has no module ensurepip. Install it with: sudo apt-get install $package"
    echo "Installing $package" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    find_python
    [ -n "$python" ] ||
        fail "Kobai needs Python 3.11 or newer, and found none${PYTHON:+ in PYTHON=$PYTHON}." \
            "Install one, or name it: make PYTHON=/path/to/python3"
    makes_environments "$python" || install_venv_package
    "$python" -m venv --clear .venv
fi
.venv/bin/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
