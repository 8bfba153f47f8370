//! From facts to a status.

mod checks;
mod conditions;
#[cfg(test)]
mod tests;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use todo_operator_api::v1alpha1::{
    ConditionType, Reason, TodoPlatform, TodoPlatformStatus, TopicStatus, WorkloadStatus,
};

use crate::desired;
use crate::observed::Observed;
use crate::plan::{Plan, Problems, requested_visit};

use checks::{Check, State};
use conditions::Conditions;

/// How long a platform may take to become Ready before it counts as stalled (Kubernetes' own default for
/// Deployments, `progressDeadlineSeconds: 600`).
pub const PROGRESS_DEADLINE: SignedDuration = SignedDuration::from_mins(10);

/// What a visit came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The platform cannot be planned.
    Blocked(Problems),
    /// The object cannot be read as a TodoPlatform: the decoder's words.
    Undecodable(String),
    /// A request without which nothing can be planned failed: the words of the API server.
    Failed(String),
    /// The plan was applied, wholly or up to a stage.
    Applied {
        /// The plan.
        plan: Box<Plan>,
        /// What came back.
        observed: Observed,
    },
    /// The platform is being deleted: what is being waited for.
    Deleting(String),
}

/// The status of a platform after a visit. Transition times are kept where a condition did not change.
#[must_use]
pub fn assess(platform: &TodoPlatform, outcome: &Outcome, now: Timestamp) -> TodoPlatformStatus {
    let previous = platform.status.clone().unwrap_or_default();
    let checks = checks::of(outcome);
    let since = progressing_since(platform, &previous, &checks, now);
    let overdue = since.as_ref().is_some_and(|since| now.duration_since(since.0) >= PROGRESS_DEADLINE);
    let mut conditions = Conditions::new(platform, &previous.conditions, now);
    conditions.summary(&checks, overdue, held_back(outcome));
    conditions.availability(outcome);
    for check in &checks {
        conditions.check(check);
    }
    for condition in checks::ORDER {
        conditions.stand(condition);
    }
    conditions.paused(platform.spec.paused.unwrap_or(false));
    let mut status = TodoPlatformStatus {
        observed_generation: platform.metadata.generation,
        conditions: conditions.into_list(),
        progressing_since: since,
        last_handled_reconcile_at: requested_visit(platform),
        ..previous.clone()
    };
    match outcome {
        Outcome::Applied { plan, observed } => fill(&mut status, plan, observed),
        // The visit that was asked for is still to come.
        Outcome::Failed(_) => {
            status.last_handled_reconcile_at.clone_from(&previous.last_handled_reconcile_at);
        }
        Outcome::Blocked(_) | Outcome::Undecodable(_) | Outcome::Deleting(_) => {}
    }
    status.time_to_ready_seconds = previous.time_to_ready_seconds.or_else(|| {
        let created = platform.metadata.creation_timestamp.as_ref()?;
        is_ready(&status).then(|| now.duration_since(created.0).as_secs())
    });
    status
}

/// Whether the condition Ready is True.
#[must_use]
pub fn is_ready(status: &TodoPlatformStatus) -> bool {
    has(status, ConditionType::Ready)
}

/// Whether nothing will change without an event from outside: Ready or Stalled.
#[must_use]
pub fn settled(status: &TodoPlatformStatus) -> bool {
    is_ready(status) || has(status, ConditionType::Stalled)
}

fn has(status: &TodoPlatformStatus, condition: ConditionType) -> bool {
    status.conditions.iter().any(|c| c.type_ == condition.as_str() && c.status == "True")
}

/// How many changes `spec.paused` holds back.
fn held_back(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Applied { observed, .. } => observed.pending.len(),
        _ => 0,
    }
}

/// Since when the platform has been on its way: from now after a change of the spec or after having been Ready, else
/// as before.
fn progressing_since(
    platform: &TodoPlatform,
    previous: &TodoPlatformStatus,
    checks: &[Check],
    now: Timestamp,
) -> Option<Time> {
    if checks.iter().all(|check| check.state == State::Passed) {
        return None;
    }
    let unchanged = previous.observed_generation == platform.metadata.generation;
    previous.progressing_since.clone().filter(|_| unchanged).or(Some(Time(now)))
}

fn fill(status: &mut TodoPlatformStatus, plan: &Plan, observed: &Observed) {
    status.effective = Some(plan.effective.clone());
    status.url = Some(desired::url(plan));
    if is_ready(status) {
        status.version = Some(plan.identity.version.clone());
    }
    status.workloads = observed
        .rollouts
        .iter()
        .map(|(name, _, rollout)| {
            let numbers = rollout.unwrap_or_default();
            WorkloadStatus {
                name: name.clone(),
                desired: numbers.desired,
                ready: numbers.ready,
                updated: numbers.updated,
            }
        })
        .collect();
    status.topics = observed
        .topics
        .iter()
        .map(|(name, partitions)| TopicStatus { name: name.clone(), partitions: *partitions })
        .collect();
    status.inventory = observed.inventory.iter().take(100).cloned().collect();
    status.pending_changes = observed.pending.iter().take(100).cloned().collect();
}

/// Longest message of a condition, in bytes.
const MESSAGE_LIMIT: usize = 1024;

/// The first words of a text, at most [`MESSAGE_LIMIT`] bytes.
fn cut(text: &str) -> String {
    if text.len() <= MESSAGE_LIMIT {
        return text.to_owned();
    }
    let end = (0..=MESSAGE_LIMIT - 4).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{} …", &text[..end])
}

/// A finding: reason and message.
pub(crate) type Finding = (Reason, String);
