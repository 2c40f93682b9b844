#!/bin/sh
# Installs the programs that run exported sources in the tests: gcc, Octave and Scilab.
#
# What is there already is left alone. Only root can install; others are told what is missing.
set -eu

missing=
for pair in gcc:gcc octave-cli:octave scilab-cli:scilab-cli; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "The tests need the programs of these Debian packages:$missing" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "The tests need: sudo apt-get install$missing" >&2
    exit 1
fi
echo "Installing$missing"
apt-get update -qq
# libc6-dev has the headers that gcc alone comes without.
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    libc6-dev $missing >/dev/null
