//! Conditions, with transition times that move only when a status does.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use todo_operator_api::v1alpha1::{ConditionType, Reason, TodoPlatform};

use super::checks::{Check, State, waiting};
use super::{Outcome, cut};
use crate::bundle::Stage;

/// The conditions of one status.
pub(super) struct Conditions<'a> {
    previous: &'a [Condition],
    generation: Option<i64>,
    now: Timestamp,
    list: Vec<Condition>,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(platform: &TodoPlatform, previous: &'a [Condition], now: Timestamp) -> Self {
        Self { previous, generation: platform.metadata.generation, now, list: Vec::new() }
    }

    /// All conditions in the order of their declaration.
    pub(super) fn into_list(mut self) -> Vec<Condition> {
        let position = |c: &Condition| {
            ConditionType::ALL.iter().position(|t| t.as_str() == c.type_).unwrap_or(usize::MAX)
        };
        self.list.sort_by_key(position);
        self.list
    }

    fn set(&mut self, condition: ConditionType, status: &str, reason: Reason, message: &str) {
        let before = self.previous.iter().find(|c| c.type_ == condition.as_str());
        let since = before.filter(|c| c.status == status).map(|c| c.last_transition_time.clone());
        self.list.push(Condition {
            type_: condition.as_str().to_owned(),
            status: status.to_owned(),
            reason: reason.as_str().to_owned(),
            message: cut(message),
            observed_generation: self.generation,
            last_transition_time: since.unwrap_or(Time(self.now)),
        });
    }

    /// Ready, Reconciling and Stalled: from the first check that is not passed.
    /// A platform whose changes are held back is not what its spec describes.
    pub(super) fn summary(&mut self, checks: &[Check], overdue: bool, held_back: usize) {
        if held_back > 0 && checks.iter().all(|check| check.state == State::Passed) {
            return self.held_back(held_back);
        }
        let Some(first) = checks.iter().find(|check| check.state != State::Passed) else {
            self.set(
                ConditionType::Ready,
                "True",
                Reason::PlatformReady,
                "the platform is in place and serves",
            );
            self.set(ConditionType::Reconciling, "False", Reason::Idle, "nothing is left to do");
            self.set(ConditionType::Stalled, "False", Reason::Idle, "nothing is left to do");
            return;
        };
        let (reason, message) = (first.reason, first.message.as_str());
        let terminal = checks.iter().any(|check| check.state == State::Terminal);
        if terminal {
            self.set(ConditionType::Ready, "False", reason, message);
            self.set(ConditionType::Reconciling, "False", reason, message);
            self.set(ConditionType::Stalled, "True", reason, message);
        } else if overdue {
            let late = format!("not ready within 10 minutes: {}: {message}", reason.as_str());
            self.set(ConditionType::Ready, "False", reason, message);
            self.set(ConditionType::Reconciling, "True", reason, message);
            self.set(ConditionType::Stalled, "True", Reason::ProgressDeadlineExceeded, &late);
        } else {
            let missing = matches!(reason, Reason::SecretMissing | Reason::SecretInvalid);
            self.set(ConditionType::Ready, if missing { "False" } else { "Unknown" }, reason, message);
            self.set(ConditionType::Reconciling, "True", reason, message);
            self.set(ConditionType::Stalled, "False", reason, "the progress deadline has not passed");
        }
    }

    fn held_back(&mut self, changes: usize) {
        let message = format!("spec.paused holds back the changes in status.pendingChanges ({changes})");
        self.set(ConditionType::Ready, "Unknown", Reason::PausedBySpec, &message);
        self.set(ConditionType::Reconciling, "False", Reason::PausedBySpec, &message);
        self.set(ConditionType::Stalled, "False", Reason::PausedBySpec, &message);
    }

    /// Whether some pod of the API is ready. Without new facts the last answer stands.
    pub(super) fn availability(&mut self, outcome: &Outcome) {
        let condition = ConditionType::Available;
        let Outcome::Applied { observed, .. } = outcome else { return self.keep(condition) };
        let api =
            observed.rollouts.iter().find(|(name, stage, _)| name == "api" && *stage == Stage::Workloads);
        match api.and_then(|(_, _, rollout)| *rollout) {
            Some(numbers) if numbers.ready > 0 => {
                self.set(condition, "True", Reason::ReadyPods, "the API has ready pods");
            }
            Some(_) => self.set(condition, "False", Reason::NoReadyPods, "no pod of the API is ready"),
            None => self.keep(condition),
        }
    }

    fn keep(&mut self, condition: ConditionType) {
        match self.previous.iter().find(|c| c.type_ == condition.as_str()) {
            Some(before) => {
                self.list.push(Condition { observed_generation: self.generation, ..before.clone() });
            }
            None => self.set(condition, "False", Reason::NoReadyPods, "no pod of the API is ready"),
        }
    }

    /// Lets the last answer stand where there is no new one, with the generation that it is about.
    pub(super) fn stand(&mut self, condition: ConditionType) {
        if self.list.iter().any(|c| c.type_ == condition.as_str()) {
            return;
        }
        match self.previous.iter().find(|c| c.type_ == condition.as_str()) {
            Some(before) => self.list.push(before.clone()),
            None => self.check(&waiting(condition)),
        }
    }

    pub(super) fn check(&mut self, check: &Check) {
        let status = match check.state {
            State::Passed => "True",
            State::Progressing => "Unknown",
            State::Failing | State::Terminal => "False",
        };
        self.set(check.condition, status, check.reason, &check.message);
    }

    pub(super) fn paused(&mut self, paused: bool) {
        if paused {
            let message = "spec.paused is true: changes are held back and listed in status.pendingChanges";
            self.set(ConditionType::Paused, "True", Reason::PausedBySpec, message);
        } else {
            self.set(ConditionType::Paused, "False", Reason::NotPaused, "changes are applied");
        }
    }
}
