//! What can go wrong.

use rdkafka::types::RDKafkaErrorCode;

/// Why an operation on topics failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KafkaError {
    /// No broker answered, or it closed the connection; the next attempt may succeed.
    #[error("failed to reach the broker: {0}")]
    Unreachable(String),
    /// The broker answered and refused. Repeating the same request is pointless.
    #[error("failed to establish topic \"{topic}\": {message}")]
    Rejected {
        /// Full name of the topic.
        topic: String,
        /// The broker's own words.
        message: String,
    },
}

impl KafkaError {
    /// The error that a code of the Kafka protocol or of librdkafka stands for.
    pub(crate) fn of_code(topic: &str, code: RDKafkaErrorCode) -> Self {
        let message = code.to_string();
        if is_passing(code) {
            Self::Unreachable(format!("topic \"{topic}\": {message}"))
        } else {
            Self::Rejected { topic: topic.to_owned(), message }
        }
    }
}

/// Whether the same request may succeed later without anybody's help: the connection failed, or the cluster is busy
/// electing leaders or spreading the news of a topic. These are the codes that Kafka marks as retriable.
pub(crate) fn is_passing(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::AllBrokersDown
            | Code::Authentication
            | Code::BrokerTransportFailure
            | Code::OperationTimedOut
            | Code::Resolve
            | Code::SSL
            | Code::RequestTimedOut
            | Code::NetworkException
            | Code::NotController
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::BrokerNotAvailable
            | Code::CoordinatorNotAvailable
            | Code::ReassignmentInProgress
            | Code::ThrottlingQuotaExceeded
            | Code::UnknownTopicOrPartition
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_topic_and_keeps_the_words() {
        let error = KafkaError::of_code("a.task-events", RDKafkaErrorCode::InvalidReplicationFactor);
        assert_eq!(
            error.to_string(),
            "failed to establish topic \"a.task-events\": InvalidReplicationFactor (Broker: Invalid replication factor)"
        );
    }

    #[test]
    fn a_timeout_is_no_refusal() {
        let error = KafkaError::of_code("a", RDKafkaErrorCode::RequestTimedOut);
        assert!(matches!(error, KafkaError::Unreachable(_)), "{error:?}");
    }
}
