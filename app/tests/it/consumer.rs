//! The audit consumer under duplicates, poison and kills.

use domain::event::{Event, EventType};
use domain::record;
use domain::task::Draft;
use uuid::Uuid;

use crate::support::{Platform, eventually, produce, receive};

fn event(title: &str) -> Event {
    let now = jiff::Timestamp::now();
    let task = Draft::titled(title)
        .expect("valid")
        .into_task(Uuid::now_v7(), Uuid::now_v7(), Uuid::nil(), now)
        .expect("valid");
    Event::new(EventType::TaskCreated, Uuid::now_v7(), &task)
}

async fn publish(platform: &Platform, event: &Event) {
    produce(&platform.task_events(), &event.partitionkey, event.encode().as_bytes()).await;
}

async fn until_entries(platform: &Platform, wanted: i64) {
    eventually("audit entries", async || {
        (platform.database.number("SELECT count(*) FROM audit_log").await == wanted).then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_repeated_event_has_one_effect() {
    let platform = Platform::new().await;
    let audit = platform.audit().await;
    let repeated = event("twice");
    publish(&platform, &repeated).await;
    publish(&platform, &repeated).await;
    eventually("the duplicate", async || {
        audit.metrics().await.contains("outcome=\"duplicate\"} 1").then_some(())
    })
    .await;
    assert_eq!(platform.database.number("SELECT count(*) FROM audit_log").await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_kill_between_effect_and_commit_of_the_offset_repeats_no_effect() {
    let platform = Platform::new().await;
    let audit = platform.audit().await;
    publish(&platform, &event("before")).await;
    until_entries(&platform, 1).await;
    audit.kill();
    publish(&platform, &event("while away")).await;
    let _audit = platform.audit().await;
    until_entries(&platform, 2).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn w5_poison_goes_to_the_dead_letter_and_blocks_nothing() {
    let platform = Platform::new().await;
    let topic = platform.task_events();
    let good = event("behind the poison");
    let unknown = good.encode().replace("todo.task.created.v1", "todo.task.created.v9");
    // One key, hence one partition: the good event stands behind the poison.
    for poison in [b"\xff\x00 no json".as_slice(), b"", unknown.as_bytes()] {
        produce(&topic, &good.partitionkey, poison).await;
    }
    publish(&platform, &good).await;
    let audit = platform.audit().await;
    until_entries(&platform, 1).await;
    let letters = contract::topics::AUDIT.dead_letter(&contract::topics::TASK_EVENTS, &platform.prefix);
    let letters = receive(&letters, |records| records.len() == 3).await;
    assert_eq!(letters[0].payload, b"\xff\x00 no json");
    for (offset, letter) in letters.iter().enumerate() {
        assert!(letter.header(record::DEAD_LETTER_REASON).starts_with("failed to decode the event: "));
        assert_eq!(letter.header(record::DEAD_LETTER_TOPIC), topic);
        assert_eq!(letter.header(record::DEAD_LETTER_OFFSET), offset.to_string());
        assert_eq!(letter.header(record::DEAD_LETTER_CONSUMER), "audit");
        assert_eq!(letter.key, good.partitionkey.as_bytes());
    }
    assert!(audit.metrics().await.contains("outcome=\"dead_lettered\"} 3"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_database_fault_is_retried_and_nothing_is_skipped() {
    let platform = Platform::new().await;
    let audit = platform.audit().await;
    platform.database.execute("ALTER TABLE audit_log RENAME TO audit_log_away").await;
    publish(&platform, &event("during the fault")).await;
    publish(&platform, &event("also")).await;
    eventually("a retry", async || audit.log().contains("a record is tried again").then_some(())).await;
    platform.database.execute("ALTER TABLE audit_log_away RENAME TO audit_log").await;
    until_entries(&platform, 2).await;
    assert!(!audit.metrics().await.contains("dead_lettered"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn sigterm_commits_the_offsets_so_that_the_next_repeats_nothing() {
    let platform = Platform::new().await;
    let mut audit = platform.audit().await;
    publish(&platform, &event("first")).await;
    until_entries(&platform, 1).await;
    audit.terminate();
    assert!(audit.ended().await);
    let audit = platform.audit().await;
    publish(&platform, &event("second")).await;
    until_entries(&platform, 2).await;
    assert!(!audit.metrics().await.contains("duplicate"));
}
