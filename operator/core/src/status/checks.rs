//! The ordered list of checks: the first one that fails is why a platform is not Ready.

use todo_operator_api::v1alpha1::{ConditionType, Reason};

use super::{Finding, Outcome};
use crate::bundle::{Cause, Stage};
use crate::gate::{JobState, Rollout};
use crate::gathered::{PodTrouble, TroubleKind};
use crate::observed::Observed;
use crate::plan::{ProblemKind, Problems};

/// How a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As described.
    Passed,
    /// On the way; nothing is known to be wrong.
    Progressing,
    /// Something is wrong that time or somebody else can mend.
    Failing,
    /// Only a change of the spec helps.
    Terminal,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) condition: ConditionType,
    pub(super) state: State,
    pub(super) reason: Reason,
    pub(super) message: String,
}

pub(super) const ORDER: [ConditionType; 6] = [
    ConditionType::ConfigurationValid,
    ConditionType::DependenciesReady,
    ConditionType::DatabaseReady,
    ConditionType::MigrationsApplied,
    ConditionType::TopicsReady,
    ConditionType::WorkloadsReady,
];

/// The checks that an outcome allows, in order. A failed visit knows nothing of the others.
pub(super) fn of(outcome: &Outcome) -> Vec<Check> {
    match outcome {
        Outcome::Undecodable(message) => broken_at(ConditionType::ConfigurationValid, message),
        Outcome::Blocked(problems) => blocked(problems),
        Outcome::Failed(message) => {
            vec![check(
                ConditionType::DependenciesReady,
                State::Failing,
                Reason::ApplyFailed,
                message.clone(),
            )]
        }
        Outcome::Deleting(message) => ORDER
            .map(|condition| check(condition, State::Progressing, Reason::Deleting, message.clone()))
            .to_vec(),
        Outcome::Applied { observed, .. } => applied(observed),
    }
}

fn check(condition: ConditionType, state: State, reason: Reason, message: String) -> Check {
    Check { condition, state, reason, message }
}

fn passed(condition: ConditionType) -> Check {
    check(condition, State::Passed, Reason::AsDescribed, "as described".to_owned())
}

pub(super) fn waiting(condition: ConditionType) -> Check {
    check(
        condition,
        State::Progressing,
        Reason::AwaitingEarlierStage,
        "waiting for an earlier stage".to_owned(),
    )
}

fn broken_at(broken: ConditionType, message: &str) -> Vec<Check> {
    let invalid =
        |condition| check(condition, State::Terminal, Reason::InvalidConfiguration, message.to_owned());
    ORDER.map(|condition| if condition == broken { invalid(condition) } else { waiting(condition) }).to_vec()
}

fn blocked(problems: &Problems) -> Vec<Check> {
    let of = |kind| problems.of_kind(kind);
    let missing = of(ProblemKind::SecretMissing).map(|message| (Reason::SecretMissing, message));
    let secrets =
        missing.or_else(|| of(ProblemKind::SecretInvalid).map(|message| (Reason::SecretInvalid, message)));
    ORDER
        .map(|condition| match condition {
            ConditionType::ConfigurationValid => match of(ProblemKind::Invalid) {
                Some(message) => check(condition, State::Terminal, Reason::InvalidConfiguration, message),
                None => passed(condition),
            },
            ConditionType::DependenciesReady => match secrets.clone() {
                Some((reason, message)) => check(condition, State::Failing, reason, message),
                None => passed(condition),
            },
            ConditionType::TopicsReady => match of(ProblemKind::TopicConflict) {
                Some(message) => check(condition, State::Terminal, Reason::TopicRejected, message),
                None => waiting(condition),
            },
            _ => waiting(condition),
        })
        .to_vec()
}

fn applied(observed: &Observed) -> Vec<Check> {
    let mut checks = vec![
        passed(ConditionType::ConfigurationValid),
        dependencies(observed),
        database(observed),
        migrations(observed),
        topics(observed),
        workloads(observed),
    ];
    if let Some((condition, finding)) = refused(observed)
        && let Some(found) = checks.iter_mut().find(|check| check.condition == condition)
    {
        *found = check(condition, State::Failing, finding.0, finding.1);
    }
    checks
}

/// An object or topic that was refused is the finding of its stage.
fn refused(observed: &Observed) -> Option<(ConditionType, Finding)> {
    let stopped = observed.stopped.as_ref()?;
    let condition = match stopped.stage {
        Stage::Secrets => ConditionType::DependenciesReady,
        Stage::Database => ConditionType::DatabaseReady,
        Stage::Migration => ConditionType::MigrationsApplied,
        Stage::Broker | Stage::Topics => ConditionType::TopicsReady,
        Stage::Workloads => ConditionType::WorkloadsReady,
    };
    let finding = match &stopped.cause {
        Cause::Gate | Cause::BrokerUnreachable(_) => return None,
        Cause::Refused(message) | Cause::Transient(message) => (Reason::ApplyFailed, message.clone()),
        Cause::Conflict(message) => (Reason::NameConflict, message.clone()),
        Cause::TopicRejected(message) => (Reason::TopicRejected, message.clone()),
    };
    Some((condition, finding))
}

fn dependencies(observed: &Observed) -> Check {
    let condition = ConditionType::DependenciesReady;
    if observed.secrets_known {
        return passed(condition);
    }
    check(
        condition,
        State::Progressing,
        Reason::SecretsPending,
        "generated Secrets are being created".to_owned(),
    )
}

/// The entry of a component; `None` if the bundle has no such component.
fn rollout<'a>(observed: &'a Observed, component: &str) -> Option<&'a (String, Stage, Option<Rollout>)> {
    observed.rollouts.iter().find(|(name, ..)| name == component)
}

fn database(observed: &Observed) -> Check {
    let condition = ConditionType::DatabaseReady;
    match rollout(observed, "database") {
        None if observed.migration == Some(JobState::Complete) => passed(condition),
        None => migration_trouble(observed, condition),
        Some((_, _, None)) => waiting(condition),
        Some((_, _, Some(numbers))) if numbers.is_complete() => passed(condition),
        Some(_) => {
            starting(observed, condition, "database", (Reason::DatabaseStarting, Reason::DatabaseFailing))
        }
    }
}

/// A component that is not ready: the trouble of its pods, or that it is starting.
fn starting(
    observed: &Observed,
    condition: ConditionType,
    component: &str,
    (progress, failure): (Reason, Reason),
) -> Check {
    match observed.trouble.get(component) {
        Some(trouble) => {
            let (reason, message) = named(trouble, failure);
            check(condition, State::Failing, reason, message)
        }
        None => check(condition, State::Progressing, progress, format!("the {component} pod is starting")),
    }
}

fn named(trouble: &PodTrouble, container: Reason) -> Finding {
    let reason = match trouble.kind {
        TroubleKind::ImagePull => Reason::ImagePullFailed,
        TroubleKind::Container => container,
        TroubleKind::Unschedulable => Reason::Unschedulable,
    };
    (reason, trouble.message.clone())
}

fn migrations(observed: &Observed) -> Check {
    let condition = ConditionType::MigrationsApplied;
    if observed.migration == Some(JobState::Complete) {
        return passed(condition);
    }
    migration_trouble(observed, condition)
}

fn migration_trouble(observed: &Observed, condition: ConditionType) -> Check {
    let Some(state) = observed.migration else { return waiting(condition) };
    let log = observed.migration_log.clone();
    let pod = observed.trouble.get("migration");
    match (state, log, pod) {
        (JobState::Retrying | JobState::Failed, Some(log), _) => {
            check(condition, State::Failing, Reason::MigrationFailing, log)
        }
        (_, _, Some(trouble)) => {
            let (reason, message) = named(trouble, Reason::MigrationFailing);
            check(condition, State::Failing, reason, message)
        }
        (JobState::Failed, None, None) => {
            let message = "the migration Job failed; its pods are gone".to_owned();
            check(condition, State::Failing, Reason::MigrationFailing, message)
        }
        _ => {
            let message = "the migration Job is running".to_owned();
            check(condition, State::Progressing, Reason::MigrationRunning, message)
        }
    }
}

fn topics(observed: &Observed) -> Check {
    let condition = ConditionType::TopicsReady;
    match rollout(observed, "broker") {
        Some((_, _, Some(numbers))) if !numbers.is_complete() => {
            return starting(observed, condition, "broker", (Reason::BrokerStarting, Reason::BrokerFailing));
        }
        Some((_, _, None)) => return waiting(condition),
        _ => {}
    }
    if let Some(Cause::BrokerUnreachable(message)) = observed.stopped.as_ref().map(|stopped| &stopped.cause) {
        return check(condition, State::Failing, Reason::BrokerFailing, message.clone());
    }
    let (there, wanted) = (observed.topics.len(), observed.topics_wanted);
    if there >= wanted {
        return passed(condition);
    }
    if observed.stopped.as_ref().is_some_and(|stopped| stopped.stage < Stage::Topics) {
        return waiting(condition);
    }
    check(
        condition,
        State::Progressing,
        Reason::TopicsPending,
        format!("{there} of {wanted} topics are in place"),
    )
}

fn workloads(observed: &Observed) -> Check {
    let condition = ConditionType::WorkloadsReady;
    let mut parts = observed.rollouts.iter().filter(|(_, stage, _)| *stage == Stage::Workloads);
    let Some((component, _, numbers)) =
        parts.find(|(_, _, rollout)| rollout.is_none_or(|numbers| !numbers.is_complete()))
    else {
        return passed(condition);
    };
    let Some(numbers) = numbers else { return waiting(condition) };
    if let Some(trouble) = observed.trouble.get(component) {
        let (reason, message) = named(trouble, Reason::ContainerFailing);
        return check(condition, State::Failing, reason, message);
    }
    let Rollout { desired, ready, updated, .. } = numbers;
    let message =
        format!("{component}: {ready} of {desired} pods are ready, {updated} of the current template");
    check(condition, State::Progressing, Reason::RollingOut, message)
}
