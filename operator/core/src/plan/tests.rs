use serde_json::{Value, json};
use todo_operator_api::v1alpha1::TodoPlatform;

use super::{Broker, Plan, ProblemKind, Problems, plan};
use crate::gathered::{ClaimFacts, Gathered, Rival, SecretFacts};
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

fn claim(size: &str, class: Option<&str>) -> ClaimFacts {
    ClaimFacts { size: size.to_owned(), class_name: class.map(str::to_owned) }
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
    let claims = [("todo-database-data".to_owned(), claim("5Gi", None))];
    let secrets = [("todo-database".to_owned(), secret(&["password"]))];
    let gathered = Gathered { claims: claims.into(), secrets: secrets.into(), ..Gathered::default() };
    let spec = json!({"profile": "local", "database": {"embedded": {"storage": {"size": "2Gi"}}}});
    let text = problems(&spec, &gathered);
    assert!(text.contains("spec.database.embedded.storage.size: 2Gi is less than the 5Gi"), "{text}");
    assert!(made(&json!({"profile": "local"}), &gathered).is_ok(), "an adopted claim keeps its size");
}

#[test]
fn a_volume_does_not_move_from_the_class_of_the_claim_that_exists() {
    let gathered = |class| {
        let claims = [("todo-broker-data".to_owned(), claim("1Gi", class))];
        Gathered { claims: claims.into(), ..Gathered::default() }
    };
    let spec = |class| {
        json!({"profile": "local",
        "messaging": {"broker": {"embedded": {"storage": {"className": class}}}}})
    };
    let text = problems(&spec(Some("fast")), &gathered(Some("standard")));
    assert!(
        text.starts_with("spec.messaging.broker.embedded.storage.className: fast is not the class of the existing claim \"todo-broker-data\"") && text.contains("set standard"),
        "{text}"
    );
    let class = |spec: &Value, gathered: &Gathered| match made(spec, gathered).expect("a plan").broker {
        Broker::Embedded(embedded) => embedded.storage.class_name,
        Broker::External(_) => None,
    };
    let standard = Some("standard".to_owned());
    assert_eq!(class(&spec(Some("standard")), &gathered(Some("standard"))), standard);
    assert_eq!(class(&spec(None), &gathered(Some("standard"))), standard, "an adopted claim keeps its class");
    assert_eq!(class(&spec(Some("fast")), &gathered(None)), Some("fast".to_owned()));
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
    let claims = [("todo-database-data".to_owned(), claim("1Gi", None))];
    let gathered = Gathered { claims: claims.into(), ..Gathered::default() };
    let found = made(&json!({"profile": "local"}), &gathered).expect_err("problems");
    assert_eq!(found.0[0].kind, ProblemKind::SecretMissing);
    assert!(found.to_string().contains("restore the Secret, or delete the claim"), "{found}");
}

#[test]
fn values_that_no_pod_starts_with_are_named_by_secret_and_key() {
    let mut facts = secret(&["key", "username", "password"]);
    facts.binary = ["key", "password"].map(str::to_owned).into();
    let secrets = [("jwt".to_owned(), facts.clone()), ("kafka".to_owned(), facts)];
    let gathered = Gathered { secrets: secrets.into(), ..Gathered::default() };
    let sasl = json!({"mechanism": "PLAIN", "secretRef": {"name": "kafka"}});
    let spec = json!({"profile": "local",
        "messaging": {"broker": {"external": {"bootstrapServers": ["kafka:9092"], "sasl": sasl}}},
        "auth": {"local": {"signingSecretRef": {"name": "jwt", "key": "key"}}}});
    let found = made(&spec, &gathered).expect_err("problems");
    assert!(found.0.iter().all(|problem| problem.kind == ProblemKind::SecretInvalid), "{found}");
    let text = found.to_string();
    let sasl = "spec.messaging.broker.external.sasl.secretRef: key \"password\" of Secret \"kafka\" is not UTF-8 text";
    let signing = "spec.auth.local.signingSecretRef: key \"key\" of Secret \"jwt\" is not UTF-8 text";
    assert!(text.contains(sasl) && text.contains(signing) && !text.contains("\"username\""), "{text}");
}

fn with_auth(auth: &Value) -> Value {
    json!({"profile": "local", "auth": auth})
}

#[test]
fn issuers_are_sorted_and_take_the_defaults_of_their_keys() {
    let jwks = json!({"issuer": "https://b.example.com", "jwksURL": "https://b.example.com/jwks"});
    let shared = json!({"issuer": "https://a.example.com", "audience": "todo",
        "sharedSecretRef": {"name": "partner", "key": "key"}});
    let gathered =
        Gathered { secrets: [("partner".to_owned(), secret(&["key"]))].into(), ..Gathered::default() };
    let plan = made(&with_auth(&json!({"issuers": [jwks, shared]})), &gathered).expect("a plan");
    let made: Vec<_> =
        plan.auth.issuers.iter().map(|i| (i.audience.as_str(), i.algorithms[0].as_str())).collect();
    assert_eq!(made, [("todo", "HS256"), ("https://b.example.com", "EdDSA")]);
}

#[test]
fn an_issuer_with_the_wrong_algorithm_or_keys_is_refused_with_the_fix() {
    let secret = json!({"name": "partner", "key": "key"});
    let issuers = json!([
        {"issuer": "a", "jwksURL": "https://a/jwks", "algorithms": ["EdDSA", "HS256"]},
        {"issuer": "b", "sharedSecretRef": secret, "algorithms": ["RS256"]},
        {"issuer": "c"},
        {"issuer": "c", "jwksURL": "http://c.example.com/jwks"},
        {"issuer": "todoplatform", "jwksURL": "https://d/jwks"},
    ]);
    let text = problems(&with_auth(&json!({"issuers": issuers})), &Gathered::default());
    for part in [
        "spec.auth.issuers[0].algorithms: HS256 needs a shared secret",
        "spec.auth.issuers[1].sharedSecretRef: Secret \"partner\" does not exist",
        "spec.auth.issuers[1].algorithms: RS256 needs public keys",
        "spec.auth.issuers[2]: give exactly one of jwksURL and sharedSecretRef",
        "spec.auth.issuers[3].issuer: \"c\" is given twice",
        "spec.auth.issuers[3].jwksURL: would be read in the clear; write https",
        "spec.auth.issuers[4].issuer: \"todoplatform\" is the issuer of local accounts",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_short_shared_secret_is_refused_with_its_field() {
    let mut facts = secret(&["key"]);
    facts.lengths.insert("key".to_owned(), 31);
    let gathered = Gathered { secrets: [("partner".to_owned(), facts)].into(), ..Gathered::default() };
    let issuer = json!({"issuer": "a", "sharedSecretRef": {"name": "partner", "key": "key"}});
    let found = made(&with_auth(&json!({"issuers": [issuer]})), &gathered).expect_err("problems");
    assert_eq!(found.0[0].kind, ProblemKind::SecretInvalid);
    assert!(
        found.to_string().starts_with(
            "spec.auth.issuers[0].sharedSecretRef: key \"key\" of Secret \"partner\" has 31 bytes"
        ),
        "{found}"
    );
}

#[test]
fn a_platform_where_nobody_can_sign_in_is_refused_with_both_fields() {
    let closed = json!({"local": {"enabled": false}});
    let text = problems(&with_auth(&closed), &Gathered::default());
    assert!(text.starts_with("spec.auth.local.enabled: ") && text.contains("spec.auth.issuers"), "{text}");
}
