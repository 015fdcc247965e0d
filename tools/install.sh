#!/bin/sh
# Installs from the distribution's packages what is missing to build Peal ("build"), and to test it ("test").
set -eu

usage() {
    echo "usage: tools/install.sh [build] [test]"
    echo "Installs the packages of those groups that tools/packages.txt lists. Without a group: both."
}

for group in "$@"; do
    case $group in
        build | test) ;;
        --help | -h) usage; exit 0 ;;
        *) usage >&2; exit 64 ;;
    esac
done
[ $# -gt 0 ] || set -- build test

here=$(dirname "$0")
missing=
for group in "$@"; do
    packages=$(sed -n "s/^$group //p" "$here/packages.txt")
    for package in $packages; do
        state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
        [ "$state" = "install ok installed" ] || missing="$missing $package"
    done
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "These packages, by their Debian names, are missing, and there is no apt-get to install them:" >&2
    echo "$missing" >&2
    exit 69
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Packages are missing, and there is no sudo. As root, please run:" >&2
        echo "    apt-get install --no-install-recommends$missing" >&2
        exit 77
    fi
    as_root=sudo
fi
echo "Installing:$missing"
had_corosync=$(command -v corosync || ls /usr/sbin/corosync 2>/dev/null || true)
# What a test machine lacks most often is the list of packages; an old list is as good as none.
$as_root apt-get update -qq
# shellcheck disable=SC2086 # A list of words.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
if [ -z "$had_corosync" ] && [ -d /run/systemd/system ]; then
    echo "Note: Debian has started its corosync.service, a cluster of this machine alone. Nothing here uses it;"
    echo "      'systemctl disable --now corosync' ends it."
fi
