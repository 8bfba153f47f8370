use serde_json::{Value, json};
use todo_operator_api::v1alpha1::TodoPlatform;

use super::{Plan, ProblemKind, Problems, plan};
use crate::gathered::{Gathered, Rival, SecretFacts};
use crate::settings::ImageCatalog;

fn platform(spec: &Value) -> TodoPlatform {
    serde_json::from_value(json!({
        "apiVersion": "todoplatform.dev/v1alpha1", "kind": "TodoPlatform",
        "metadata": {"name": "todo", "namespace": "demo", "uid": "u"}, "spec": spec,
    }))
    .expect("a platform")
}

fn made(spec: &Value, gathered: &Gathered) -> Result<Plan, Problems> {
    plan(&platform(spec), gathered, &ImageCatalog::default())
}

fn problems(spec: &Value, gathered: &Gathered) -> String {
    made(spec, gathered).expect_err("problems").to_string()
}

fn secret(keys: &[&str]) -> SecretFacts {
    SecretFacts { keys: keys.iter().map(|key| (*key).to_owned()).collect(), ..SecretFacts::default() }
}

fn external() -> Value {
    json!({"external": {"bootstrapServers": ["kafka:9092"]}})
}

#[test]
fn three_lines_are_a_complete_platform() {
    let plan = made(&json!({"profile": "local"}), &Gathered::default()).expect("a plan");
    assert_eq!(plan.image, format!("todoplatform/todo:{}", crate::settings::VERSION));
    assert_eq!(plan.topic_prefix, "demo.todo.");
    let topics: Vec<_> = plan.topics.iter().map(|topic| topic.name.as_str()).collect();
    assert_eq!(
        topics,
        [
            "demo.todo.task-events",
            "demo.todo.reminders",
            "demo.todo.task-updates",
            "demo.todo.task-events.audit.dlq"
        ]
    );
    assert!(!plan.secrets_known, "no generated Secret exists yet");
}

#[test]
fn custom_without_members_names_the_choices_of_both() {
    let text = problems(&json!({}), &Gathered::default());
    assert!(
        text.contains("spec.database: profile \"custom\" has no database; set database.embedded"),
        "{text}"
    );
    assert!(text.contains("spec.messaging.broker: profile \"custom\" has no broker"), "{text}");
}

#[test]
fn a_missing_secret_and_a_missing_key_are_told_apart() {
    let spec = json!({"messaging": {"broker": external()},
        "database": {"external": {"urlSecretRef": {"name": "neon", "key": "URL"}}}});
    let text = problems(&spec, &Gathered::default());
    assert_eq!(
        text,
        "spec.database.external.urlSecretRef: Secret \"neon\" does not exist in the namespace of the platform; create it with the key \"URL\""
    );
    let gathered =
        Gathered { secrets: [("neon".to_owned(), secret(&["OTHER"]))].into(), ..Gathered::default() };
    let found = made(&spec, &gathered).expect_err("problems");
    assert_eq!(found.0[0].kind, ProblemKind::SecretMissing);
    assert!(found.to_string().contains("has no value for the key \"URL\""), "{found}");
}

#[test]
fn a_request_above_its_limit_is_refused_with_the_field() {
    let spec = json!({"profile": "local",
        "api": {"resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": "1G"}}}});
    let text = problems(&spec, &Gathered::default());
    assert!(
        text.starts_with("spec.api.resources.requests.memory: must not exceed the limit (1Gi > 1G)"),
        "{text}"
    );
}

#[test]
fn a_request_alone_raises_the_default_limit() {
    let spec = json!({"profile": "local", "api": {"resources": {"requests": {"memory": "2048Mi"}}}});
    let plan = made(&spec, &Gathered::default()).expect("a plan");
    assert_eq!(plan.api.resources.limits.memory.as_deref(), Some("2Gi"));
}

#[test]
fn a_volume_never_shrinks_below_the_claim_that_exists() {
    let claims = [("todo-database-data".to_owned(), "5Gi".to_owned())];
    let secrets = [("todo-database".to_owned(), secret(&["password"]))];
    let gathered = Gathered { claims: claims.into(), secrets: secrets.into(), ..Gathered::default() };
    let spec = json!({"profile": "local", "database": {"embedded": {"storage": {"size": "2Gi"}}}});
    let text = problems(&spec, &gathered);
    assert!(text.contains("spec.database.embedded.storage.size: 2Gi is less than the 5Gi"), "{text}");
    assert!(made(&json!({"profile": "local"}), &gathered).is_ok(), "an adopted claim keeps its size");
}

#[test]
fn topics_of_an_older_platform_are_not_taken_over() {
    let rival = |older| Rival {
        platform: "other/todo".to_owned(),
        bootstrap_servers: vec!["kafka:9092".to_owned()],
        topic_prefix: "shared.".to_owned(),
        older,
    };
    let spec = json!({"profile": "local",
        "messaging": {"broker": external(), "topics": {"topicPrefix": "shared."}}});
    let gathered = |older| Gathered { rivals: vec![rival(older)], ..Gathered::default() };
    let found = made(&spec, &gathered(true)).expect_err("problems");
    assert_eq!(found.0[0].kind, ProblemKind::TopicConflict);
    assert!(made(&spec, &gathered(false)).is_ok(), "the older platform keeps its topics");
}

#[test]
fn observed_partitions_are_kept() {
    let topics = [("demo.todo.task-events".to_owned(), 12)];
    let gathered = Gathered { topics: topics.into(), ..Gathered::default() };
    let plan = made(&json!({"profile": "local"}), &gathered).expect("a plan");
    assert_eq!(plan.topics[0].partitions, 12);
}

#[test]
fn a_short_signing_key_is_refused() {
    let mut facts = secret(&["key"]);
    facts.lengths.insert("key".to_owned(), 8);
    let gathered = Gathered { secrets: [("jwt".to_owned(), facts)].into(), ..Gathered::default() };
    let spec =
        json!({"profile": "local", "auth": {"local": {"signingSecretRef": {"name": "jwt", "key": "key"}}}});
    let text = problems(&spec, &gathered);
    assert!(text.contains("key \"key\" of Secret \"jwt\" has 8 bytes; at least 32 are needed"), "{text}");
}

#[test]
fn the_lost_password_of_a_volume_is_not_made_up() {
    let claims = [("todo-database-data".to_owned(), "1Gi".to_owned())];
    let gathered = Gathered { claims: claims.into(), ..Gathered::default() };
    let found = made(&json!({"profile": "local"}), &gathered).expect_err("problems");
    assert_eq!(found.0[0].kind, ProblemKind::SecretMissing);
    assert!(found.to_string().contains("restore the Secret, or delete the claim"), "{found}");
}
