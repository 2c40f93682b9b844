#!/bin/sh
# Installs the Debian packages that tests use and that no Python package brings.
set -eu

missing=
for pair in chromium:chromium; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Tests need these programs; install them as your system does:$missing" >&2
    exit 1
fi
echo "Installing$missing" >&2
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
