//! Records of a broker, free of any client library.

/// A record to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Real topic name, prefix included.
    pub topic: String,
    /// Decides the partition: the user id.
    pub key: Option<Vec<u8>>,
    /// The body.
    pub payload: Vec<u8>,
    /// Header names and values.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// A record as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Real topic name, prefix included.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset in the partition.
    pub offset: i64,
    /// The key, if it has one.
    pub key: Option<Vec<u8>>,
    /// The body; empty for a tombstone.
    pub payload: Vec<u8>,
    /// Header names and values.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// Header of a dead letter: why the record was refused, at most 1 KiB.
pub const DEAD_LETTER_REASON: &str = "dead-letter-reason";
/// Header of a dead letter: the consumer that refused the record.
pub const DEAD_LETTER_CONSUMER: &str = "dead-letter-consumer";
/// Header of a dead letter: the topic from which the record came.
pub const DEAD_LETTER_TOPIC: &str = "dead-letter-origin-topic";
/// Header of a dead letter: the partition from which the record came.
pub const DEAD_LETTER_PARTITION: &str = "dead-letter-origin-partition";
/// Header of a dead letter: the offset at which the record stood.
pub const DEAD_LETTER_OFFSET: &str = "dead-letter-origin-offset";

const REASON_MAX_BYTES: usize = 1024;

impl Delivery {
    /// The record for the dead-letter topic: key, body and headers unchanged, reason and origin added.
    #[must_use]
    pub fn dead_letter(&self, topic: String, consumer: &str, reason: &str) -> Record {
        let added = [
            (DEAD_LETTER_REASON, truncated(reason).to_owned()),
            (DEAD_LETTER_CONSUMER, consumer.to_owned()),
            (DEAD_LETTER_TOPIC, self.topic.clone()),
            (DEAD_LETTER_PARTITION, self.partition.to_string()),
            (DEAD_LETTER_OFFSET, self.offset.to_string()),
        ];
        let mut headers = self.headers.clone();
        headers.extend(added.map(|(name, value)| (name.to_owned(), value.into_bytes())));
        Record { topic, key: self.key.clone(), payload: self.payload.clone(), headers }
    }
}

fn truncated(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(REASON_MAX_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_letter_keeps_the_record_and_adds_reason_and_origin() {
        let delivery = Delivery {
            topic: "p.task-events".to_owned(),
            partition: 2,
            offset: 41,
            key: Some(b"user".to_vec()),
            payload: b"\xff".to_vec(),
            headers: vec![("content-type".to_owned(), b"text/plain".to_vec())],
        };
        let letter = delivery.dead_letter("p.dlq".to_owned(), "audit", &"é".repeat(600));
        assert_eq!((letter.key.as_deref(), letter.payload.as_slice()), (Some(&b"user"[..]), &b"\xff"[..]));
        let header = |name: &str| {
            letter
                .headers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
                .expect("a header")
        };
        assert_eq!(header("content-type"), b"text/plain");
        assert_eq!(header(DEAD_LETTER_OFFSET), b"41");
        assert_eq!(header(DEAD_LETTER_REASON).len(), 1024);
    }
}
