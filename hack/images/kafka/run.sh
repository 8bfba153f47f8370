#!/usr/bin/env bash
# Starts one KRaft broker. Environment, as in the upstream apache/kafka image:
#   KAFKA_<NAME>    a property: KAFKA_LOG_DIRS is log.dirs; "__" stands for "_" and "___" for "-"
#   CLUSTER_ID      id that the data directory is formatted with
#   KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS, KAFKA_OPTS, KAFKA_LOG4J_OPTS   passed to the JVM
# Properties that nothing sets default to one node that is broker and controller.
# Ours: CLASSPATH (default: the jars of the image) and CONFIG_DIR, writable (default: /tmp/kafka).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
config_dir=${CONFIG_DIR:-/tmp/kafka}
config=$config_dir/server.properties
export CLASSPATH=${CLASSPATH:-/opt/kafka/libs/*}

# Small and quick to start rather than fast under load: one broker of a development platform.
declare -A property=(
  [process.roles]="broker,controller"
  [node.id]=1
  [listeners]="PLAINTEXT://:9092,CONTROLLER://localhost:9093"
  [controller.listener.names]=CONTROLLER
  [inter.broker.listener.name]=PLAINTEXT
  [listener.security.protocol.map]="CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"
  # After a crash the controller refuses the restarted broker until the old session is over (upstream: 9 s, 2 s).
  [broker.session.timeout.ms]=3000
  [broker.heartbeat.interval.ms]=1000
  [log.dirs]=/var/lib/kafka/data
  [num.network.threads]=2
  [num.io.threads]=4
  [background.threads]=2
  [offsets.topic.replication.factor]=1
  [offsets.topic.num.partitions]=4
  [transaction.state.log.replication.factor]=1
  [transaction.state.log.min.isr]=1
  [transaction.state.log.num.partitions]=4
  [share.coordinator.state.topic.replication.factor]=1
  [share.coordinator.state.topic.min.isr]=1
  [share.coordinator.state.topic.num.partitions]=2
  [group.initial.rebalance.delay.ms]=0
  [log.cleaner.dedupe.buffer.size]=4194304
)

# is_property NAME: false for the KAFKA_ variables that are for the JVM or the logging.
is_property() {
  case $1 in
    KAFKA_HEAP_OPTS | KAFKA_JVM_PERFORMANCE_OPTS | KAFKA_OPTS | KAFKA_JMX_* | KAFKA_GC_LOG_OPTS) return 1 ;;
    KAFKA_LOG4J_* | KAFKA_TOOLS_LOG4J_* | KAFKA_VERSION | KAFKA_HOME) return 1 ;;
    KAFKA_?*) return 0 ;;
  esac
  return 1
}

# property_name VARIABLE: KAFKA_LOG_DIRS gives log.dirs.
property_name() {
  local name=${1#KAFKA_}
  name=${name,,}
  name=${name//___/-}
  name=${name//__/$'\001'}
  name=${name//_/.}
  printf '%s' "${name//$'\001'/_}"
}

read_environment() {
  local variable
  for variable in $(compgen -e); do
    if is_property "$variable"; then property[$(property_name "$variable")]=${!variable}; fi
  done
  # A quorum that is found by bootstrap servers has no list of voters.
  if [[ -z ${property[controller.quorum.bootstrap.servers]-} && -z ${property[controller.quorum.voters]-} ]]; then
    property[controller.quorum.voters]=${property[node.id]}@localhost:9093
  fi
}

# The file may hold passwords of listeners.
write_config() {
  local name
  umask 077
  mkdir -p "$config_dir"
  for name in "${!property[@]}"; do printf '%s=%s\n' "$name" "${property[$name]}"; done | sort >"$config"
  umask 022
}

formatted() {
  local directory
  local -a directories
  IFS=, read -ra directories <<<"${property[log.dirs]}"
  for directory in "${directories[@]}"; do [[ -s $directory/meta.properties ]] || return 1; done
}

# Kafka writes meta.properties last: a format that was killed is done again.
format_storage() {
  local -a arguments=(--cluster-id "${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" --config "$config" --ignore-formatted)
  [[ -n ${property[controller.quorum.voters]-} ]] || arguments+=(--standalone)
  "${java[@]}" kafka.tools.StorageTool format "${arguments[@]}"
}

# Word splitting of the *_OPTS variables is their contract.
# shellcheck disable=SC2206
java=(
  "${JAVA_HOME:+$JAVA_HOME/bin/}java"
  ${KAFKA_HEAP_OPTS:--Xms64m -Xmx256m}
  ${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError}
  -Djava.awt.headless=true
  ${KAFKA_LOG4J_OPTS:-"-Dlog4j2.configurationFile=$here/log4j2.yaml"}
  ${KAFKA_OPTS-}
)

read_environment
write_config
formatted || format_storage
exec "${java[@]}" kafka.Kafka "$config"
