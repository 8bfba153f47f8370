//! Whether the stage after a stage may be applied.

use serde_json::Value;

use crate::bundle::{Applied, Bundle, Kind, Object, Stage};

/// Whether everything that the next stage needs is there, judged by the live objects of this stage and those before.
///
/// Database and broker start side by side: the gate of the database is always open, and that of the broker waits for
/// both.
#[must_use]
pub fn open(stage: Stage, bundle: &Bundle, applied: &Applied) -> bool {
    let serving = |stage| {
        bundle
            .stage(stage)
            .iter()
            .all(|object| live(applied, object).is_some_and(|live| serves(object.kind, live)))
    };
    match stage {
        Stage::Secrets => bundle.secrets_known,
        Stage::Database | Stage::Workloads => true,
        Stage::Broker => serving(Stage::Database) && serving(Stage::Broker),
        Stage::Migration => serving(Stage::Migration),
        Stage::Topics => {
            bundle.topics.iter().all(|topic| applied.topics.iter().any(|(name, _)| *name == topic.name))
        }
    }
}

fn live<'a>(applied: &'a Applied, object: &Object) -> Option<&'a Value> {
    applied
        .live
        .iter()
        .find(|live| live.kind == object.kind && live.name == object.name)
        .map(|live| &live.object)
}

/// Whether an object does what later stages need of it. A claim that waits for its first consumer does.
fn serves(kind: Kind, object: &Value) -> bool {
    match kind {
        Kind::StatefulSet => Rollout::of(object).is_complete(),
        Kind::Job => job_state(object) == JobState::Complete,
        _ => true,
    }
}

/// Numbers of a rollout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// Pods asked for.
    pub desired: i32,
    /// Pods that are ready.
    pub ready: i32,
    /// Pods of the current template.
    pub updated: i32,
    /// All pods, old and new.
    pub total: i32,
    /// Whether these numbers describe the current spec.
    pub observed: bool,
}

impl Rollout {
    /// Numbers of a live Deployment or StatefulSet.
    #[must_use]
    pub fn of(object: &Value) -> Self {
        let status = &object["status"];
        let number = |value: &Value| i32::try_from(value.as_i64().unwrap_or_default()).unwrap_or(i32::MAX);
        let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
        Self {
            desired: object["spec"]["replicas"].as_i64().map_or(1, |_| number(&object["spec"]["replicas"])),
            ready: number(&status["readyReplicas"]),
            updated: number(&status["updatedReplicas"]),
            total: number(&status["replicas"]),
            observed: status["observedGeneration"].as_i64().is_some_and(|observed| observed >= generation),
        }
    }

    /// Whether all pods run the current template and are ready, and no old one is left.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.observed
            && self.ready >= self.desired
            && self.updated >= self.desired
            && self.total <= self.desired
    }
}

/// How far a Job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Running, or not started.
    Running,
    /// Running again after at least one pod failed.
    Retrying,
    /// Done.
    Complete,
    /// Given up.
    Failed,
}

/// State of a live Job, from its conditions.
#[must_use]
pub fn job_state(object: &Value) -> JobState {
    let status = &object["status"];
    let is = |wanted: &str| {
        status["conditions"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|c| c["type"] == wanted && c["status"] == "True")
    };
    if is("Complete") {
        JobState::Complete
    } else if is("Failed") {
        JobState::Failed
    } else if status["failed"].as_i64().unwrap_or_default() > 0 {
        JobState::Retrying
    } else {
        JobState::Running
    }
}
