# shellcheck shell=bash
# Certificates and kubeconfig files of one cluster, made anew for each fresh cluster and kept below $STATE/pki.

# make_pki makes the authority, a leaf per client and server, and the key pair that signs service account tokens.
make_pki() {
  [[ ! -e $STATE/pki/complete ]] || return 0
  rm -rf "$STATE/pki"
  (umask 077 && mkdir -p "$STATE/pki")
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$STATE/pki/ca.key" -out "$STATE/pki/ca.crt" \
    -days 3650 -subj "/CN=todoplatform-$NAME" -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,digitalSignature 2>>"$LOG/pki.log"
  make_leaves
  openssl ecparam -genkey -name prime256v1 -noout -out "$STATE/pki/sa.key" 2>>"$LOG/pki.log"
  openssl ec -in "$STATE/pki/sa.key" -pubout -out "$STATE/pki/sa.pub" 2>>"$LOG/pki.log"
  touch "$STATE/pki/complete"
}

make_leaves() {
  local service=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
  leaf kube-apiserver /CN=kube-apiserver "$service,DNS:localhost,IP:127.0.0.1,IP:$SERVICE_PREFIX.1,IP:$NODE_IP"
  leaf kubelet "/O=system:nodes/CN=system:node:$NAME" "DNS:$NAME,IP:127.0.0.1,IP:$NODE_IP"
  leaf admin /O=system:masters/CN=admin
  leaf kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
  leaf kube-controller-manager /CN=system:kube-controller-manager
  leaf kube-scheduler /CN=system:kube-scheduler
  leaf kube-proxy /CN=system:kube-proxy
  leaf front-proxy /CN=front-proxy
}

# leaf NAME SUBJECT [ALTERNATIVE_NAMES] signs a certificate for both ends of TLS.
leaf() {
  local base="$STATE/pki/$1" names=${3:+subjectAltName=$3}
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$base.key" -out "$base.csr" -subj "$2" 2>>"$LOG/pki.log"
  openssl x509 -req -in "$base.csr" -CA "$STATE/pki/ca.crt" -CAkey "$STATE/pki/ca.key" -CAcreateserial -days 3650 -out "$base.crt" \
    -extfile <(printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n%s\n' "$names") \
    2>>"$LOG/pki.log"
  rm -f "$base.csr"
}

# make_kubeconfigs writes one file per client; the admin's holds its certificates and goes through the host's port.
make_kubeconfigs() {
  local client
  for client in kubelet kube-controller-manager kube-scheduler kube-proxy; do
    write_kubeconfig "$STATE/conf/$client.kubeconfig" "$client" https://127.0.0.1:6443
  done
  write_kubeconfig "$ADMIN_KUBECONFIG" admin "https://127.0.0.1:$API_PORT"
}

# write_kubeconfig FILE CLIENT SERVER
write_kubeconfig() {
  local pki="$STATE/pki"
  (
    umask 077
    cat >"$1.new" <<CONFIG
apiVersion: v1
kind: Config
clusters:
  - name: $NAME
    cluster: { server: "$3", certificate-authority-data: $(base64 -w0 "$pki/ca.crt") }
users:
  - name: $2
    user: { client-certificate-data: $(base64 -w0 "$pki/$2.crt"), client-key-data: $(base64 -w0 "$pki/$2.key") }
contexts:
  - name: $NAME
    context: { cluster: $NAME, user: $2 }
current-context: $NAME
CONFIG
  )
  mv "$1.new" "$1"
}
