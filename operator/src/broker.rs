//! The controller's port to the broker, served by the Kafka Admin API.

use std::collections::BTreeMap;

use async_trait::async_trait;
use todo_operator_controller::broker::{Access, Broker, BrokerError};
use todo_operator_core::bundle::Topic;
use todo_operator_kafka::{Connection, KafkaError, Sasl};

/// Topics through the Kafka Admin API.
pub struct KafkaBroker;

#[async_trait]
impl Broker for KafkaBroker {
    async fn ensure(&self, access: &Access, topics: &[Topic]) -> Result<Vec<(String, i32)>, BrokerError> {
        let topics: Vec<_> = topics.iter().map(topic).collect();
        todo_operator_kafka::ensure(&connection(access), &topics).await.map_err(error)
    }

    async fn observe(&self, access: &Access, names: &[String]) -> Result<BTreeMap<String, i32>, BrokerError> {
        todo_operator_kafka::observe(&connection(access), names).await.map_err(error)
    }

    async fn delete(&self, access: &Access, names: &[String]) -> Result<(), BrokerError> {
        todo_operator_kafka::delete(&connection(access), names).await.map_err(error)
    }
}

fn connection(access: &Access) -> Connection {
    Connection {
        bootstrap_servers: access.bootstrap_servers.clone(),
        tls: access.tls,
        ca_pem: access.ca_pem.clone(),
        sasl: access.sasl.as_ref().map(|sasl| Sasl {
            mechanism: sasl.mechanism.clone(),
            username: sasl.username.clone(),
            password: sasl.password.clone(),
        }),
    }
}

fn topic(topic: &Topic) -> todo_operator_kafka::Topic {
    todo_operator_kafka::Topic {
        name: topic.name.clone(),
        partitions: topic.partitions,
        replication: topic.replication,
        retention_ms: topic.retention_ms,
    }
}

fn error(error: KafkaError) -> BrokerError {
    match error {
        KafkaError::Unreachable(reason) => BrokerError::Unreachable(reason),
        KafkaError::Rejected { topic, message } => BrokerError::Rejected { topic, message },
    }
}
