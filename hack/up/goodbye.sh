# shellcheck shell=bash
# What up.sh leaves for people and scripts. Expects hack/lib.sh, KUBECONFIG, TOOLS_BIN and DRIVER.

# api_url NAMESPACE prints the address by which this machine reaches the API. The node of our own cluster is this
# machine's neighbour, so that a Service's address works; elsewhere it takes a port-forward.
api_url() {
  if [[ $DRIVER == host ]]; then
    kubectl get service todo-api --namespace "$1" -o jsonpath='http://{.spec.clusterIP}:{.spec.ports[0].port}'
  else
    printf 'http://127.0.0.1:8080'
  fi
}

# write_env URL FILE
write_env() {
  # shellcheck disable=SC2016 # the reader's PATH
  printf 'export KUBECONFIG=%q\nexport TODO_URL=%q\nexport PATH=%q:"$PATH"\n' "$KUBECONFIG" "$1" "$TOOLS_BIN" >"$2.partial"
  mv "$2.partial" "$2"
}

# commands_to_try prints what a newcomer may copy. The address in the sign-up is new, so that a second run works too.
commands_to_try() {
  local user
  user="me-$(now_ms)@example.com"
  cat <<END

  . .cluster/env
END
  [[ $DRIVER == host ]] || cat <<'END'
  kubectl port-forward --namespace todo service/todo-api 8080 &
END
  cat <<END
  TOKEN=\$(curl -sS "\$TODO_URL/v1/auth/sign-up" --json '{"email":"$user","password":"correct horse battery"}' |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["access_token"])')

  # Create a task, list the tasks, and see the audit row that came by way of Kafka:
  curl -sS "\$TODO_URL/v1/tasks" -H "Authorization: Bearer \$TOKEN" --json '{"title":"Water the plants"}'
  curl -sS "\$TODO_URL/v1/tasks" -H "Authorization: Bearer \$TOKEN"
  sleep 1; curl -sS "\$TODO_URL/v1/audit" -H "Authorization: Bearer \$TOKEN"

  # And the platform itself:
  kubectl get tp --namespace todo --output wide

END
}
