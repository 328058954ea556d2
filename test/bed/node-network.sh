#!/usr/bin/env bash
# A network of its own for the nodes of a MinIO: one network namespace a node, on one switch. What runs it is in
# namespaces that end with it (unshare --net --mount), so that nothing of this is left on the machine.
#   node-network.sh RELAY FOLDER ADDRESS...   makes nodes n1, n2 ... at these addresses, and becomes the relay to them
set -euo pipefail
RELAY=$1 FOLDER=$2
shift 2
mount --make-rprivate /
mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns
ip link set lo up
ip link add switch type bridge
ip addr add "${1%.*}.254/24" dev switch
ip link set switch up
n=0
for address in "$@"; do
  n=$((n + 1))
  ip netns add "n$n"
  ip link add "port$n" type veth peer name eth0 netns "n$n"
  ip link set "port$n" master switch up
  ip -n "n$n" addr add "$address/24" dev eth0
  ip -n "n$n" link set eth0 up
  ip -n "n$n" link set lo up
done
exec "$NODE" "$RELAY" "$FOLDER" "$@"
