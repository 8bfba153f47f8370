# shellcheck shell=bash disable=SC2154
# Creation of tasks while relay, broker and audit consumer are at work on its events, against creation while the broker is
# away. Expects the variables of hack/bench/api.sh and hack/services/kafka.sh.

# start_broker starts a Kafka with the topics of `todo`.
start_broker() {
  local topic
  # shellcheck disable=SC2034
  advertise=127.0.0.1 kafka_port=$((port + 3))
  kafka_prepare
  rm -rf "$dir/kafka"
  launch_kafka
  await_kafka
  for topic in task-events:3 task-updates:3 reminders:1 task-events.audit.dlq:1; do
    java -Xmx128m -cp "$kafka_jars/*" org.apache.kafka.tools.TopicCommand --bootstrap-server "127.0.0.1:$kafka_port" \
      --create --if-not-exists --topic "${topic%:*}" --partitions "${topic#*:}" >>"$dir/topics.log" 2>&1 ||
      die "failed to make the topic ${topic%:*}; log: $dir/topics.log"
  done
}

# events compares both in turns. Only one of them runs at a time: a relay publishes the rows of every process.
events() {
  local round
  stop_process peer TERM
  stop_process api TERM
  phase "broker" start_broker
  for ((round = 0; round <= rounds; round++)); do
    say "events: round $round of $rounds"
    start_api 127.0.0.1:1
    with_wrk away "$api_port" create "$round"
    stop_process api TERM
    undo
    at_work "$round"
  done
  stop_process kafka TERM
}

# at_work ROUND creates with everything on, and waits until every event has arrived in the audit log.
at_work() {
  local before created
  before=$(sql -c "SELECT count(*) FROM audit_log")
  start_api "127.0.0.1:$kafka_port"
  spawn audit env "DATABASE_URL=$(database_url postgres)" "KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:$kafka_port" \
    "LISTEN=127.0.0.1:$((port + 6))" "$todo" consume audit
  await_process audit 60 curl -sf "http://127.0.0.1:$((port + 6))/readyz"
  with_wrk at-work "$api_port" create "$1"
  created=$(sql -c "SELECT count(*) FROM tasks WHERE created_at > '2026-09-01Z' AND user_id = '$USER_1'")
  await_process audit 120 audited "$((before + created))" || die "not all events of $created tasks arrived; log: $dir/audit.log"
  stop_process audit TERM
  stop_process api TERM
  undo
}

audited() { (($(sql -c "SELECT count(*) FROM audit_log") == $1)); }
