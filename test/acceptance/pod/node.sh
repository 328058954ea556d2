#!/usr/bin/env bash
# One real Kubernetes node in namespaces of its own: etcd, the control plane, containerd, kubelet, kube-proxy.
# Nothing is pulled. On the machine itself there are a folder and empty cgroups, which `after` removes; all else ends
# with the node's first process, which ends with whoever has started it. Several run beside each other.
#   node.sh run FOLDER PROGRAMS PAUSE.tar   is the node, until it is killed
#   node.sh in FOLDER COMMAND...            runs a command where the node's programs are
#   node.sh after FOLDER                    waits for the end of stdin, then removes what is left
set -euo pipefail
SELF=$(readlink -f "$0") COMMAND=$1 FOLDER=$2
NODE=node0 NODE_IP=172.30.77.2 PODS=10.244.0
HIERARCHIES="cpu cpuacct cpuset memory devices freezer blkio pids systemd"

# The path of this shell's own cgroup in a hierarchy of version 1, and of the one below it that a folder stands for.
own_cgroup() { awk -F: -v name="$1" '{ sub(/^name=/, "", $2); if ($2 == name) print $3 }' /proc/$$/cgroup; }
cgroup_of() { local path=/sys/fs/cgroup/$1$(own_cgroup "$1")/${2##*/}; echo "${path//\/\//\/}"; }

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }
certificate() { # NAME SUBJECT [ALTERNATIVE NAMES]
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" | openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
    -out "$1.crt" -extfile <(printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n%s\n' \
      "${3:+subjectAltName=$3}") 2>/dev/null
}
kubeconfig() {
  cat > "$FOLDER/$1.kubeconfig" <<EOF
{apiVersion: v1, kind: Config, current-context: node,
 clusters: [{name: node, cluster: {server: "https://$NODE_IP:6443", certificate-authority: $FOLDER/pki/ca.crt}}],
 users: [{name: node, user: {client-certificate: $FOLDER/pki/$1.crt, client-key: $FOLDER/pki/$1.key}}],
 contexts: [{name: node, context: {cluster: node, user: node}}]}
EOF
}

write_files() {
  mkdir -p "$FOLDER"/{pki,logs,etcd,kubelet,containerd,cni/net.d,cni/state,log/pods,log/containers,sysctl}
  cd "$FOLDER/pki"
  key ca
  openssl req -x509 -new -key ca.key -days 2 -subj /CN=node-ca -out ca.crt -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,digitalSignature 2>/dev/null
  certificate apiserver /CN=kube-apiserver "IP:127.0.0.1,IP:$NODE_IP,IP:10.96.0.1,DNS:kubernetes.default.svc"
  certificate admin /O=system:masters/CN=admin
  certificate kubelet "/O=system:nodes/CN=system:node:$NODE" "IP:$NODE_IP,DNS:$NODE"
  certificate kube-controller-manager /CN=system:kube-controller-manager
  certificate kube-scheduler /CN=system:kube-scheduler
  certificate kube-proxy /CN=system:kube-proxy
  openssl genrsa -out sa.key 2048 2>/dev/null
  for name in admin kubelet kube-controller-manager kube-scheduler kube-proxy; do kubeconfig $name; done
  # Nothing can be pulled, so no image may ever be collected, nor a pod evicted for the disk's sake.
  cat > "$FOLDER/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $FOLDER/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $FOLDER/pki/kubelet.crt
tlsPrivateKeyFile: $FOLDER/pki/kubelet.key
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
seccompDefault: true
resolvConf: $FOLDER/resolv.conf
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
evictionHard: {memory.available: 50Mi, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
nodeStatusUpdateFrequency: 4s
maxOpenFiles: 20000
oomScoreAdj: 0
EOF
  cat > "$FOLDER/kube-proxy.yaml" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $FOLDER/kube-proxy.kubeconfig}
mode: iptables
oomScoreAdj: 0
clusterCIDR: $PODS.0/24
hostnameOverride: $NODE
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
EOF
  cat > "$FOLDER/containerd.toml" <<EOF
version = 2
oom_score = 0
disabled_plugins = ["io.containerd.internal.v1.opt"]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.example.com/pause:of-the-bed"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$FOLDER/cni/net.d"
EOF
  cat > "$FOLDER/cni/net.d/10-bridge.conflist" <<EOF
{"cniVersion": "0.4.0", "name": "node", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$PODS.0/24"}]]}}]}
EOF
  echo "nameserver $NODE_IP" > "$FOLDER/resolv.conf"
}

# In a cgroup below this shell's, so that its memory stays accounted for; cpuset's has to be filled first.
run() {
  write_files
  for hierarchy in $HIERARCHIES; do
    path=$(cgroup_of "$hierarchy" "$FOLDER")
    mkdir -p "$path"
    if [ "$hierarchy" = cpuset ]; then for file in cpuset.cpus cpuset.mems; do cat "$path/../$file" > "$path/$file"; done; fi
    echo $$ > "$path/cgroup.procs"
  done
  exec unshare --net --mount --pid --cgroup --ipc --fork --kill-child=KILL --propagation private \
    bash "$SELF" inside "$@"
}

# The first process of the node's own namespaces.
inside() {
  PROGRAMS=$2 PAUSE=$3 PATH=$2:$PATH
  # As the machine sees it: its /proc is still there.
  read -r pid _ < /proc/self/stat
  echo "$pid" > "$FOLDER/init.pid"
  mount --make-rprivate / && mount --make-rshared /
  mount -t proc proc /proc
  umount -R /sys 2>/dev/null || umount -l /sys
  mount -t sysfs sysfs /sys
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  for hierarchy in $HIERARCHIES; do
    mkdir "/sys/fs/cgroup/$hierarchy"
    [ "$hierarchy" = systemd ] && type=none,name=systemd || type=$hierarchy
    mount -t cgroup -o $type cgroup "/sys/fs/cgroup/$hierarchy"
  done
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/{lock,netns,containerd} /var/lib/{kubelet,containerd,cni} /var/log/{pods,containers}
  mount --bind "$FOLDER/kubelet" /var/lib/kubelet
  mount --bind "$FOLDER/containerd" /var/lib/containerd
  mount --bind "$FOLDER/cni/state" /var/lib/cni
  mount --bind "$FOLDER/log/pods" /var/log/pods
  mount --bind "$FOLDER/log/containers" /var/log/containers
  # The kubelet would set these for the whole machine: it is shown the values that it wants.
  for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    file=$FOLDER/sysctl/${setting%%=*}
    mkdir -p "${file%/*}"
    echo "${setting##*=}" > "$file"
    mount --bind "$file" "/proc/sys/${setting%%=*}"
  done
  # Nobody is at the other end: what is asked of the node comes from within.
  ip link set lo up
  ip link add node0 type veth peer name nowhere
  ip link set nowhere up
  ip addr add $NODE_IP/30 dev node0
  ip link set node0 up
  ip route add default dev node0
  echo 1 > /proc/sys/net/ipv4/ip_forward
  start() { local name=$1; shift; "$name" "$@" > "$FOLDER/logs/$name.log" 2>&1 & }
  pki=$FOLDER/pki
  start etcd --data-dir "$FOLDER/etcd" --unsafe-no-fsync --log-level error
  start containerd -c "$FOLDER/containerd.toml"
  start kube-apiserver --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --advertise-address=$NODE_IP \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --kubelet-client-certificate="$pki/admin.crt" --kubelet-client-key="$pki/admin.key" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --service-account-key-file="$pki/sa.key" --service-account-signing-key-file="$pki/sa.key" \
    --service-account-issuer=https://kubernetes.default.svc --authorization-mode=Node,RBAC \
    --enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement --service-cluster-ip-range=10.96.0.0/16
  until ctr version > /dev/null 2>&1; do sleep 0.2; done
  ctr -n k8s.io images import "$PAUSE" > /dev/null
  until kubectl --kubeconfig "$FOLDER/admin.kubeconfig" get --raw /readyz > /dev/null 2>&1; do sleep 0.3; done
  start kube-controller-manager --kubeconfig="$FOLDER/kube-controller-manager.kubeconfig" --leader-elect=false \
    --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" --use-service-account-credentials=true
  start kube-scheduler --kubeconfig="$FOLDER/kube-scheduler.kubeconfig" --leader-elect=false
  start kubelet --config="$FOLDER/kubelet.yaml" --kubeconfig="$FOLDER/kubelet.kubeconfig" --hostname-override=$NODE --node-ip=$NODE_IP
  start kube-proxy --config="$FOLDER/kube-proxy.yaml"
  while true; do wait || true; sleep 1; done
}

# Removes a folder, its node's cgroups, and what of the node may be left.
remove() {
  local init
  init=$(cat "$1/init.pid" 2>/dev/null || true)
  # By then the number can be another's.
  if [ -n "$init" ] && grep -q "/${1##*/}" "/proc/$init/cgroup" 2>/dev/null; then kill -KILL "$init" || true; fi
  for _ in $(seq 100); do
    local left=0 path
    for hierarchy in $HIERARCHIES; do
      path=$(cgroup_of "$hierarchy" "$1")
      if [ -d "$path" ]; then find "$path" -depth -type d -exec rmdir {} + 2>/dev/null || left=1; fi
    done
    [ $left = 1 ] || break
    sleep 0.1
  done
  rm -rf --one-file-system "$1"
}

# Whoever holds the lock on `used` looks after a folder; one that nobody holds was left by a run that was killed with
# all that it had started.
after() {
  trap '' INT TERM HUP
  exec 9> "$FOLDER/.used"
  flock 9
  mv "$FOLDER/.used" "$FOLDER/used"
  for used in "${FOLDER%-*}"-*/used; do
    if flock --nonblock "$used" true; then remove "${used%/used}"; fi
  done
  echo ready
  cat > /dev/null
  remove "$FOLDER"
}

shift 2
case $COMMAND in
  run) run "$FOLDER" "$@" ;;
  inside) inside "$FOLDER" "$@" ;;
  in) exec nsenter -t "$(cat "$FOLDER/init.pid")" --net --mount --pid --cgroup --ipc "$@" ;;
  after) after ;;
esac
