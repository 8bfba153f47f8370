#!/usr/bin/env bash
# Runs the Kafka command-line tool that this file is called as: kafka-topics.sh, as in the upstream image.
set -euo pipefail

case $(basename "$0") in
  kafka-topics.sh) class=org.apache.kafka.tools.TopicCommand ;;
  kafka-configs.sh) class=kafka.admin.ConfigCommand ;;
  kafka-consumer-groups.sh) class=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
  kafka-console-consumer.sh) class=org.apache.kafka.tools.consumer.ConsoleConsumer ;;
  kafka-console-producer.sh) class=org.apache.kafka.tools.ConsoleProducer ;;
  kafka-get-offsets.sh) class=org.apache.kafka.tools.GetOffsetShell ;;
  kafka-broker-api-versions.sh) class=org.apache.kafka.tools.BrokerApiVersionsCommand ;;
  kafka-storage.sh) class=kafka.tools.StorageTool ;;
  *) printf 'error: no tool is called "%s"\n' "$(basename "$0")" >&2 && exit 1 ;;
esac

# Small: a tool runs inside the broker's memory limit.
export CLASSPATH=${CLASSPATH:-/opt/kafka/libs/*}
export KAFKA_LOG4J_ROOT_LOGLEVEL=${KAFKA_TOOLS_LOG4J_LOGLEVEL:-WARN}
exec java -Xms16m -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  -Dlog4j2.configurationFile=/opt/kafka/log4j2.yaml "$class" "$@"
