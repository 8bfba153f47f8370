use k8s_openapi::jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use todo_operator_api::v1alpha1::{TodoPlatform, TodoPlatformStatus};

use super::{MESSAGE_LIMIT, Outcome, PROGRESS_DEADLINE, assess, is_ready, settled};
use crate::bundle::{Applied, Bundle, Cause, Kind, Live, Stage, Stopped};
use crate::gathered::{Gathered, PodFacts, PodTrouble, SecretFacts, TroubleKind};
use crate::plan::{Plan, ProblemKind, Problems, plan};
use crate::settings::ImageCatalog;
use crate::{desire, gate, observe};

fn platform() -> TodoPlatform {
    serde_json::from_value(json!({
        "apiVersion": "todoplatform.dev/v1alpha1", "kind": "TodoPlatform",
        "metadata": {"name": "todo", "namespace": "demo", "uid": "u", "generation": 1,
            "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"profile": "local"},
    }))
    .expect("a platform")
}

fn gathered() -> Gathered {
    let names = ["todo-hash", "todo-auth", "todo-database"];
    Gathered {
        secrets: names.map(|name| (name.to_owned(), SecretFacts::default())).into(),
        ..Gathered::default()
    }
}

fn planned() -> (Plan, Bundle) {
    let plan = plan(&platform(), &gathered(), &ImageCatalog::default()).expect("a plan");
    let bundle = desire(&plan);
    (plan, bundle)
}

fn at(seconds: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().expect("a time") + SignedDuration::from_secs(seconds)
}

/// The live form of everything up to a stage, ready or not.
fn live(bundle: &Bundle, last: Stage, ready: bool) -> Applied {
    let status = |kind: Kind| match (kind, ready) {
        (Kind::Deployment | Kind::StatefulSet, true) => {
            json!({"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1})
        }
        (Kind::Job, true) => json!({"conditions": [{"type": "Complete", "status": "True"}]}),
        _ => json!({}),
    };
    let objects = bundle.stages.iter().filter(|(stage, _)| *stage <= last).flat_map(|(_, objects)| objects);
    let live = objects.map(|object| {
        let mut live: Value = object.manifest.clone();
        live["metadata"]["generation"] = json!(1);
        live["status"] = status(object.kind);
        Live { kind: object.kind, name: object.name.clone(), object: live }
    });
    Applied { live: live.collect(), ..Applied::default() }
}

fn complete(bundle: &Bundle) -> Applied {
    let topics = bundle.topics.iter().map(|topic| (topic.name.clone(), topic.partitions)).collect();
    Applied { topics, ..live(bundle, Stage::Workloads, true) }
}

fn assessed(
    platform: &TodoPlatform,
    applied: &Applied,
    gathered: &Gathered,
    now: Timestamp,
) -> TodoPlatformStatus {
    let (plan, bundle) = planned();
    let observed = observe(&bundle, applied, gathered);
    assess(platform, &Outcome::Applied { plan: Box::new(plan), observed }, now)
}

fn condition<'a>(status: &'a TodoPlatformStatus, name: &str) -> (&'a str, &'a str, &'a str) {
    let found = status.conditions.iter().find(|c| c.type_ == name).expect("the condition");
    (&found.status, &found.reason, &found.message)
}

fn stopped(stage: Stage, cause: Cause) -> Stopped {
    Stopped { stage, cause }
}

#[test]
fn a_platform_with_everything_in_place_is_ready() {
    let (_, bundle) = planned();
    let status = assessed(&platform(), &complete(&bundle), &gathered(), at(42));
    assert!(is_ready(&status), "{:?}", status.conditions);
    assert_eq!(status.time_to_ready_seconds, Some(42));
    assert_eq!(status.progressing_since, None);
    assert_eq!(status.url.as_deref(), Some("http://todo-api.demo.svc:8080"));
    assert_eq!(condition(&status, "Reconciling").0, "False");
    assert_eq!(condition(&status, "Available").0, "True");
}

#[test]
fn the_next_visit_changes_nothing_in_the_status() {
    let (_, bundle) = planned();
    let mut platform = platform();
    platform.status = Some(assessed(&platform, &complete(&bundle), &gathered(), at(42)));
    let again = assessed(&platform, &complete(&bundle), &gathered(), at(4200));
    assert_eq!(platform.status, Some(again));
}

#[test]
fn every_condition_is_there_from_the_first_visit() {
    let status = assess(&platform(), &Outcome::Blocked(Problems::default()), at(0));
    let types: Vec<_> = status.conditions.iter().map(|c| c.type_.as_str()).collect();
    let all: Vec<_> = super::ConditionType::ALL.iter().map(|t| t.as_str()).collect();
    assert_eq!(types, all);
    assert!(status.conditions.iter().all(|c| c.observed_generation == Some(1)));
}

#[test]
fn ready_is_unknown_on_the_way_and_names_the_first_thing_missing() {
    let (_, bundle) = planned();
    let mut applied = live(&bundle, Stage::Broker, false);
    applied.stopped = Some(stopped(Stage::Broker, Cause::Gate));
    let status = assessed(&platform(), &applied, &gathered(), at(1));
    assert_eq!(condition(&status, "Ready"), ("Unknown", "DatabaseStarting", "the database pod is starting"));
    assert_eq!(condition(&status, "Reconciling").0, "True");
    assert_eq!(condition(&status, "Stalled").0, "False");
    assert_eq!(condition(&status, "WorkloadsReady").1, "AwaitingEarlierStage");
    assert!(!settled(&status));
}

#[test]
fn the_words_of_the_kubelet_reach_ready() {
    let (_, bundle) = planned();
    let mut applied = complete(&bundle);
    let api = applied.live.iter_mut().find(|l| l.name == "todo-api" && l.kind == Kind::Deployment);
    api.expect("the API").object["status"]["updatedReplicas"] = json!(0);
    let message = "container \"api\": ErrImagePull: no such image".to_owned();
    let trouble = Some(PodTrouble { kind: TroubleKind::ImagePull, message: message.clone() });
    let pod = PodFacts { component: "api".to_owned(), name: "todo-api-1".to_owned(), trouble };
    let gathered = Gathered { pods: vec![pod], ..gathered() };
    let status = assessed(&platform(), &applied, &gathered, at(5));
    assert_eq!(condition(&status, "Ready"), ("Unknown", "ImagePullFailed", message.as_str()));
    assert_eq!(condition(&status, "WorkloadsReady").0, "False");
    assert_eq!(condition(&status, "Available").0, "True", "the last good revision serves");
}

#[test]
fn ready_is_false_and_stalled_when_the_deadline_has_passed() {
    let (_, bundle) = planned();
    let mut applied = live(&bundle, Stage::Broker, false);
    applied.stopped = Some(stopped(Stage::Broker, Cause::Gate));
    let mut platform = platform();
    platform.status = Some(assessed(&platform, &applied, &gathered(), at(0)));
    let status = assessed(&platform, &applied, &gathered(), at(PROGRESS_DEADLINE.as_secs()));
    assert_eq!(condition(&status, "Ready").0, "False");
    assert_eq!(condition(&status, "Stalled").1, "ProgressDeadlineExceeded");
    platform.status = Some(status);
    platform.metadata.generation = Some(2);
    let changed = assessed(&platform, &applied, &gathered(), at(PROGRESS_DEADLINE.as_secs() + 1));
    assert_eq!(condition(&changed, "Ready").0, "Unknown", "a change of the spec starts the clock again");
}

#[test]
fn an_invalid_spec_is_stalled_at_once_and_a_missing_secret_is_not() {
    let problems = |kind| {
        let mut problems = Problems::default();
        problems.add(kind, "spec.database", "why".to_owned());
        Outcome::Blocked(problems)
    };
    let invalid = assess(&platform(), &problems(ProblemKind::Invalid), at(0));
    assert_eq!(condition(&invalid, "Ready"), ("False", "InvalidConfiguration", "spec.database: why"));
    assert_eq!(condition(&invalid, "Stalled").0, "True");
    let missing = assess(&platform(), &problems(ProblemKind::SecretMissing), at(0));
    assert_eq!(condition(&missing, "Ready").0, "False");
    assert_eq!(condition(&missing, "DependenciesReady").1, "SecretMissing");
    assert_eq!(condition(&missing, "Stalled").0, "False");
    assert_eq!(condition(&missing, "ConfigurationValid").0, "True");
}

#[test]
fn the_tail_of_a_failed_migration_is_the_message() {
    let (_, bundle) = planned();
    let mut applied = live(&bundle, Stage::Broker, true);
    let job = &bundle.stage(Stage::Migration)[0];
    let status = json!({"failed": 1});
    applied.live.push(Live {
        kind: Kind::Job,
        name: job.name.clone(),
        object: json!({"metadata": {}, "status": status}),
    });
    applied.stopped = Some(stopped(Stage::Migration, Cause::Gate));
    let log = "failed to connect to \"db.example.com:5432/todo\": Connection refused";
    let gathered = Gathered { job_logs: [(job.name.clone(), log.to_owned())].into(), ..gathered() };
    let status = assessed(&platform(), &applied, &gathered, at(5));
    assert_eq!(condition(&status, "MigrationsApplied"), ("False", "MigrationFailing", log));
    assert_eq!(condition(&status, "Ready").1, "MigrationFailing");
}

#[test]
fn a_refused_object_is_the_finding_of_its_stage() {
    let (_, bundle) = planned();
    let mut applied = live(&bundle, Stage::Topics, true);
    applied.topics = complete(&bundle).topics;
    let denial = "failed to apply Deployment \"todo-api\": admission webhook denied the request".to_owned();
    applied.stopped = Some(stopped(Stage::Workloads, Cause::Refused(denial.clone())));
    let status = assessed(&platform(), &applied, &gathered(), at(5));
    assert_eq!(condition(&status, "WorkloadsReady"), ("False", "ApplyFailed", denial.as_str()));
}

#[test]
fn messages_are_cut_at_a_character() {
    let cut = super::cut(&"ä".repeat(MESSAGE_LIMIT));
    assert!(cut.len() <= MESSAGE_LIMIT && cut.ends_with(" …"), "{}", cut.len());
}

#[test]
fn gates_open_one_after_the_other() {
    let (_, bundle) = planned();
    let starting = live(&bundle, Stage::Broker, false);
    assert!(gate::open(Stage::Database, &bundle, &starting), "database and broker start side by side");
    assert!(!gate::open(Stage::Broker, &bundle, &starting));
    let started = live(&bundle, Stage::Broker, true);
    assert!(gate::open(Stage::Broker, &bundle, &started));
    assert!(!gate::open(Stage::Migration, &bundle, &started), "there is no Job yet");
    assert!(gate::open(Stage::Migration, &bundle, &complete(&bundle)));
    assert!(!gate::open(Stage::Topics, &bundle, &started));
    assert!(gate::open(Stage::Topics, &bundle, &complete(&bundle)));
    let unknown = Bundle { secrets_known: false, ..bundle.clone() };
    assert!(!gate::open(Stage::Secrets, &unknown, &started));
}

#[test]
fn a_paused_platform_with_changes_held_back_is_not_ready() {
    let (_, bundle) = planned();
    let mut applied = complete(&bundle);
    applied.pending = vec!["patch Deployment/todo-api".to_owned()];
    let status = assessed(&platform(), &applied, &gathered(), at(5));
    assert_eq!(condition(&status, "Ready").0, "Unknown");
    assert_eq!(condition(&status, "Ready").1, "PausedBySpec");
    assert_eq!(condition(&status, "Available").0, "True");
}

#[test]
fn a_failed_visit_is_told_and_what_was_known_before_stands() {
    let mut platform = platform();
    let (_, bundle) = planned();
    platform.status = Some(assessed(&platform, &complete(&bundle), &gathered(), at(5)));
    platform.metadata.generation = Some(2);
    let words = "failed to get Secret \"neon\": secrets \"neon\" is forbidden";
    let status = assess(&platform, &Outcome::Failed(words.to_owned()), at(10));
    assert_eq!(condition(&status, "DependenciesReady"), ("False", "ApplyFailed", words));
    assert_eq!(condition(&status, "Ready").0, "Unknown");
    let workloads = status.conditions.iter().find(|c| c.type_ == "WorkloadsReady").expect("a condition");
    assert_eq!((workloads.status.as_str(), workloads.observed_generation), ("True", Some(1)));
    let fresh = assess(&self::platform(), &Outcome::Failed(words.to_owned()), at(1));
    assert_eq!(fresh.conditions.len(), todo_operator_api::v1alpha1::ConditionType::ALL.len());
}
