#!/bin/bash
# Unpacks Ceph 20 (Tentacle) from Debian's packages into FOLDER/root, and installs nothing. Takes root, some 30 s, 160 MB
# fetched and 630 MB on disk. It asks the mirror that this machine uses.
# Usage: fetch.sh FOLDER
set -euo pipefail
folder=$1
apt=$folder/apt
mkdir -p "$apt"/{etc,lists/partial,cache/archives/partial} "$folder/root"
mirror=$(grep -rhoE '^(URIs:|deb( \[[^]]*\])?) *https?://[^ ]*/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d/ 2>/dev/null |
  grep -oE 'https?://[^ ]*' | sed -n 1p || true)
[ -n "$mirror" ] || { echo 'the apt sources of this machine name no mirror of Debian' >&2; exit 1; }
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] $mirror forky main" > "$apt/etc/sources.list"
: > "$apt/status"
options=(
  -o "Dir::Etc::sourcelist=$apt/etc/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists"
  -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
)
apt-get "${options[@]}" -q update
apt-get "${options[@]}" -q -y --download-only --no-install-recommends install \
  radosgw ceph-mon ceph-osd ceph-common libc-bin coreutils bash
for deb in "$apt"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$folder/root" --keep-directory-symlink
done
chroot "$folder/root" /usr/sbin/ldconfig
mkdir -p "$folder/root/cl"
rm -rf "$apt"
