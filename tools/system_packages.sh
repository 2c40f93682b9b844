#!/bin/sh
# Installs the programs that tests run and no Python package brings: Chromium opens the pages,
# gcc, Octave and Scilab run exported sources. What is there already is left alone.
set -eu

missing=
for pair in chromium:chromium gcc:gcc octave-cli:octave scilab-cli:scilab-cli; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Tests need these programs; install them as your system does:$missing" >&2
    exit 1
fi
echo "Installing$missing" >&2
apt-get update -qq
# libc6-dev has the headers that gcc alone comes without.
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    libc6-dev $missing >/dev/null
