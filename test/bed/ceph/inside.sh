#!/bin/bash
# Runs in the folder of Ceph's packages as its root: a monitor, an OSD in memory and an Object Gateway on loopback.
# Usage: inside.sh RGW_PORT MON_PORT ADMIN_KEY ADMIN_SECRET. Everything is in /cl, which is this run's own.
set -euo pipefail
rgw=$1 mon=$2 admin_key=$3 admin_secret=$4
d=/cl
rm -rf $d/{mon,osd,rgw,run,log,crash,ready}
mkdir -p $d/{mon,osd,rgw,run,log,crash}
fsid=$(cat /proc/sys/kernel/random/uuid)
cat > $d/ceph.conf <<CONF
[global]
fsid = $fsid
mon host = v2:127.0.0.1:$mon
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
run dir = $d/run
admin socket = $d/run/\$name.asok
pid file = $d/run/\$name.pid
log file = $d/log/\$name.log
crash dir = $d/crash
osd objectstore = memstore
memstore device bytes = 536870912
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
paxos propose interval = 0.05
paxos min wait = 0.01
osd heartbeat interval = 1
mon osd min up ratio = 0
osd mon heartbeat interval = 1
mon data avail crit = 1
mon data avail warn = 2
osd op num shards = 1
rgw dynamic resharding = false
rgw override bucket index max shards = 1
rgw run sync thread = false
rgw init timeout = 120
[mon.a]
mon data = $d/mon
keyring = $d/mon.keyring
[osd.0]
osd data = $d/osd
keyring = $d/osd/keyring
[client.rgw]
keyring = $d/rgw/keyring
rgw data = $d/rgw
# Without tcp_nodelay every request waits 40 ms for a delayed acknowledgment.
rgw frontends = beast endpoint=127.0.0.1:$rgw tcp_nodelay=1
rgw thread pool size = 32
rgw s3 auth use sts = false
rgw enable apis = s3, admin, iam, sts
[client.admin]
keyring = $d/admin.keyring
CONF
export CEPH_CONF=$d/ceph.conf
ceph-authtool --create-keyring $d/mon.keyring --gen-key -n mon. --cap mon 'allow *'
ceph-authtool --create-keyring $d/admin.keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
ceph-authtool --create-keyring $d/osd/keyring --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
ceph-authtool --create-keyring $d/rgw/keyring --gen-key -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
cp $d/mon.keyring $d/boot.keyring
for k in admin.keyring osd/keyring rgw/keyring; do ceph-authtool $d/boot.keyring --import-keyring $d/$k; done
monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon]" $d/monmap
ceph-mon --mkfs -i a --monmap $d/monmap --keyring $d/boot.keyring
ceph-mon -i a -f &
osd=$(cat /proc/sys/kernel/random/uuid)
timeout 60 ceph --connect-timeout 30 osd new "$osd"
ceph-osd -i 0 --mkfs --osd-uuid "$osd"
ceph-osd -i 0 -f &
radosgw -n client.rgw -f &
# Makes the accounts, by the API.
radosgw-admin user create --uid=admin --display-name=admin --caps='accounts=write;users=write' \
  --access-key="$admin_key" --secret-key="$admin_secret" > /dev/null
touch $d/ready
wait
