# shellcheck shell=bash disable=SC2154
# Apache Kafka, started as in the image: same jars, same script. Expects: $dir, $kafka_port, $advertise.

kafka_prepare() {
  command -v java >/dev/null || need_debian openjdk-17-jre-headless
  kafka_jars=$("$here/../images/kafka/jars.sh")
}

# The listener POD answers with the advertised address: a client follows what the broker says of itself.
launch_kafka() {
  running kafka && return
  [[ -n ${kafka_jars-} ]] || kafka_prepare
  local controller=$((kafka_port + 1)) pod=$((kafka_port + 2))
  mkdir -p "$dir/kafka"
  spawn kafka env \
    "CLASSPATH=$kafka_jars/*" "CONFIG_DIR=$dir/kafka/config" "KAFKA_LOG_DIRS=$dir/kafka/data" \
    "KAFKA_HEAP_OPTS=-Xms128m -Xmx512m" \
    "KAFKA_CONTROLLER_QUORUM_VOTERS=1@127.0.0.1:$controller" \
    "KAFKA_LISTENERS=PLAINTEXT://0.0.0.0:$kafka_port,CONTROLLER://127.0.0.1:$controller,POD://0.0.0.0:$pod" \
    "KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://127.0.0.1:$kafka_port,POD://$advertise:$pod" \
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,POD:PLAINTEXT" \
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE=false" \
    "$here/../images/kafka/run.sh"
}

# The port opens before requests are served; the last line of the start is what counts.
await_kafka() {
  await_process kafka 60 grep -q 'Kafka Server started' "$dir/kafka.log"
}
