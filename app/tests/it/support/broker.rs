//! Topics and records.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::{Headers, Message};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use uuid::Uuid;

use contract::topics::{ALL, CONSUMERS, DEAD_LETTER_PARTITIONS};

use super::{DEADLINE, required};

/// A record as a stranger reads it.
pub(crate) struct Received {
    pub(crate) key: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.payload).expect("json")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap);
    config
}

/// Makes all topics and dead letters under a prefix.
pub(crate) async fn create_topics(bootstrap: &str, prefix: &str) {
    let mut topics: Vec<(String, i32)> =
        ALL.iter().map(|topic| (topic.prefixed(prefix), topic.partitions)).collect();
    for consumer in CONSUMERS {
        let letters = consumer.topics.iter().map(|topic| consumer.dead_letter(topic, prefix));
        topics.extend(letters.map(|name| (name, DEAD_LETTER_PARTITIONS)));
    }
    let new: Vec<NewTopic<'_>> = topics
        .iter()
        .map(|(name, partitions)| NewTopic::new(name, *partitions, TopicReplication::Fixed(1)))
        .collect();
    let admin: AdminClient<DefaultClientContext> = config(bootstrap).create().expect("an admin client");
    for result in admin.create_topics(&new, &AdminOptions::new()).await.expect("the broker answers") {
        result.expect("a topic");
    }
}

/// Publishes as a stranger.
pub(crate) async fn produce(topic: &str, key: &str, payload: &[u8]) {
    let producer: FutureProducer = config(&required("TEST_KAFKA_BOOTSTRAP")).create().expect("a producer");
    producer.send(FutureRecord::to(topic).key(key).payload(payload), DEADLINE).await.expect("published");
}

/// Reads a topic from its start until `enough` says so.
pub(crate) async fn receive(topic: &str, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
    receive_from(&required("TEST_KAFKA_BOOTSTRAP"), topic, enough).await
}

/// The same from other brokers.
pub(crate) async fn receive_from(
    bootstrap: &str,
    topic: &str,
    enough: impl Fn(&[Received]) -> bool,
) -> Vec<Received> {
    let consumer: StreamConsumer = config(bootstrap)
        .set("group.id", format!("test-{}", Uuid::now_v7()))
        .set("auto.offset.reset", "earliest")
        .create()
        .expect("a consumer");
    consumer.subscribe(&[topic]).expect("subscribed");
    let started = Instant::now();
    let mut records = Vec::new();
    while !enough(&records) {
        assert!(started.elapsed() < DEADLINE, "{topic}: only {} records", records.len());
        if let Ok(Ok(message)) = tokio::time::timeout(Duration::from_secs(1), consumer.recv()).await {
            records.push(received(&message));
        }
    }
    records
}

fn received(message: &impl Message) -> Received {
    let headers = message.headers().map_or_else(Vec::new, |headers| {
        let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
        headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
    });
    Received {
        key: message.key().unwrap_or_default().to_vec(),
        payload: message.payload().unwrap_or_default().to_vec(),
        headers,
    }
}

/// The broker comes back: connections to `address` reach it from now on.
pub(crate) async fn forward_to_broker(address: &str) -> JoinHandle<()> {
    let listener = TcpListener::bind(address).await.expect("the address is free");
    let broker = required("TEST_KAFKA_BOOTSTRAP");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let broker = broker.clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(broker).await.expect("the broker answers");
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    })
}
