//! Against a real Apache Kafka, whose address is in `TEST_KAFKA_BOOTSTRAP`.

use std::time::{Duration, Instant};

use todo_operator_kafka::{Connection, KafkaError, Sasl, Topic, delete, ensure, observe};

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn broker() -> Connection {
    let bootstrap = std::env::var("TEST_KAFKA_BOOTSTRAP").expect("TEST_KAFKA_BOOTSTRAP names a Kafka");
    Connection { bootstrap_servers: vec![bootstrap], ..Connection::default() }
}

/// A topic of which no other test knows.
fn topic(partitions: i32) -> Topic {
    Topic {
        name: format!("operator-test.{}", uuid::Uuid::now_v7()),
        partitions,
        replication: None,
        retention_ms: 3_600_000,
    }
}

async fn eventually(broker: &Connection, topic: &Topic, partitions: Option<i32>) -> TestResult {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found = observe(broker, std::slice::from_ref(&topic.name)).await?;
        if found.get(&topic.name).copied() == partitions {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("{found:?} instead of {partitions:?}").into());
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
#[ignore = "needs Kafka: hack/test.sh starts it"]
async fn a_missing_topic_is_created_once_and_deleted() -> TestResult {
    let (broker, topic) = (broker(), topic(3));
    eventually(&broker, &topic, None).await?;
    let expected = vec![(topic.name.clone(), 3)];
    assert_eq!(ensure(&broker, std::slice::from_ref(&topic)).await?, expected);
    eventually(&broker, &topic, Some(3)).await?;
    assert_eq!(ensure(&broker, std::slice::from_ref(&topic)).await?, expected, "the second time");
    delete(&broker, std::slice::from_ref(&topic.name)).await?;
    eventually(&broker, &topic, None).await?;
    delete(&broker, &[topic.name]).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs Kafka: hack/test.sh starts it"]
async fn partitions_are_added_and_never_removed() -> TestResult {
    let (broker, mut topic) = (broker(), topic(1));
    ensure(&broker, std::slice::from_ref(&topic)).await?;
    eventually(&broker, &topic, Some(1)).await?;
    topic.partitions = 4;
    assert_eq!(ensure(&broker, std::slice::from_ref(&topic)).await?, [(topic.name.clone(), 4)]);
    eventually(&broker, &topic, Some(4)).await?;
    topic.partitions = 2;
    assert_eq!(ensure(&broker, std::slice::from_ref(&topic)).await?, [(topic.name.clone(), 4)]);
    delete(&broker, &[topic.name]).await?;
    Ok(())
}

mod configuration {
    //! Read and written by a client of its own, so that a mistake of ours cannot hide itself.
    use rdkafka::ClientConfig;
    use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
    use rdkafka::client::DefaultClientContext;

    use super::{Connection, Topic};

    fn admin(broker: &Connection) -> AdminClient<DefaultClientContext> {
        ClientConfig::new()
            .set("bootstrap.servers", broker.bootstrap_servers.join(","))
            .create()
            .expect("an admin client")
    }

    pub async fn read(broker: &Connection, topic: &Topic, key: &str) -> Option<String> {
        let results = admin(broker)
            .describe_configs(&[ResourceSpecifier::Topic(&topic.name)], &AdminOptions::new())
            .await
            .expect("an answer");
        let resource = results.into_iter().next().expect("one resource").expect("its configuration");
        resource.get(key).and_then(|entry| entry.value.clone())
    }

    pub async fn replace(broker: &Connection, topic: &Topic, entries: &[(&str, &str)]) {
        let alter = entries
            .iter()
            .fold(AlterConfig::new(ResourceSpecifier::Topic(&topic.name)), |alter, (key, value)| {
                alter.set(key, value)
            });
        let results = admin(broker).alter_configs([&alter], &AdminOptions::new()).await.expect("an answer");
        results.into_iter().next().expect("one resource").expect("altered");
    }
}

#[tokio::test]
#[ignore = "needs Kafka: hack/test.sh starts it"]
async fn retention_is_corrected_and_settings_of_others_stay() -> TestResult {
    let (broker, topic) = (broker(), topic(1));
    ensure(&broker, std::slice::from_ref(&topic)).await?;
    eventually(&broker, &topic, Some(1)).await?;
    assert_eq!(configuration::read(&broker, &topic, "retention.ms").await.as_deref(), Some("3600000"));
    assert_eq!(configuration::read(&broker, &topic, "cleanup.policy").await.as_deref(), Some("delete"));

    let foreign = [("retention.ms", "1"), ("cleanup.policy", "compact"), ("max.message.bytes", "123456")];
    configuration::replace(&broker, &topic, &foreign).await;
    ensure(&broker, std::slice::from_ref(&topic)).await?;
    assert_eq!(configuration::read(&broker, &topic, "retention.ms").await.as_deref(), Some("3600000"));
    assert_eq!(configuration::read(&broker, &topic, "cleanup.policy").await.as_deref(), Some("delete"));
    assert_eq!(configuration::read(&broker, &topic, "max.message.bytes").await.as_deref(), Some("123456"));
    delete(&broker, &[topic.name]).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs Kafka: hack/test.sh starts it"]
async fn a_refused_topic_is_named_with_the_brokers_words() -> TestResult {
    let (broker, mut topic) = (broker(), topic(1));
    topic.replication = Some(9);
    let error =
        ensure(&broker, std::slice::from_ref(&topic)).await.expect_err("one broker has no nine replicas");
    let KafkaError::Rejected { topic: named, message } = error else {
        return Err(format!("not a refusal: {error:?}").into());
    };
    assert_eq!(named, topic.name);
    assert!(message.contains("replication factor"), "{message}");
    Ok(())
}

#[tokio::test]
#[ignore = "needs Kafka: hack/test.sh starts it"]
async fn a_protocol_that_the_broker_does_not_speak_is_said_without_the_password() -> TestResult {
    let sasl = Sasl {
        mechanism: "SCRAM-SHA-256".to_owned(),
        username: "todo".to_owned(),
        password: "hunter2".to_owned(),
    };
    let broker = Connection { sasl: Some(sasl), ..broker() };
    let error = observe(&broker, &[topic(1).name]).await.expect_err("the listener knows no SASL");
    assert!(matches!(error, KafkaError::Unreachable(_)), "{error:?}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    Ok(())
}
