//! When a platform is visited again, if nothing happens before.

use std::time::Duration;

use todo_operator_api::v1alpha1::TodoPlatformStatus;
use todo_operator_core::Outcome;
use todo_operator_core::bundle::{Cause, Stage, Stopped};
use todo_operator_core::plan::ProblemKind;
use todo_operator_core::status::is_ready;

/// A settled platform: everything that matters is watched, so this only guards against missed events.
const SETTLED: Duration = Duration::from_mins(5);
/// Referenced Secrets are not watched, and a gate may open by something that is not watched.
const WAITING: Duration = Duration::from_secs(10);
/// A broker that is starting is not watched and is up within seconds.
const BROKER: Duration = Duration::from_secs(2);
/// A broker that is gone costs a connection timeout with every visit, at the expense of other platforms.
const LOST_BROKER: Duration = Duration::from_secs(30);
/// Visits after which a broker counts as gone.
const BROKER_PATIENCE: u32 = 10;
/// The Secrets that were created are there: come again at once.
const AT_ONCE: Duration = Duration::from_millis(50);
/// The longest pause between failing visits.
const LONGEST: Duration = Duration::from_mins(1);

/// When to come again after an outcome; `failures` in a row, this one included, shape the pause after an error.
pub(crate) fn after(outcome: &Outcome, status: &TodoPlatformStatus, failures: u32) -> Option<Duration> {
    match outcome {
        Outcome::Undecodable(_) => None,
        Outcome::Deleting(_) => Some(WAITING),
        Outcome::Failed(_) => Some(backoff(failures)),
        Outcome::Blocked(problems) => {
            let settled = problems.0.iter().all(|problem| problem.kind == ProblemKind::Invalid);
            Some(if settled { spread(SETTLED) } else { WAITING })
        }
        Outcome::Applied { observed, .. } => Some(match &observed.stopped {
            None if is_ready(status) => spread(SETTLED),
            Some(Stopped { stage: Stage::Secrets, cause: Cause::Gate }) => AT_ONCE,
            None | Some(Stopped { cause: Cause::Gate | Cause::TopicRejected(_), .. }) => WAITING,
            Some(Stopped { cause: Cause::BrokerUnreachable(_), .. }) if failures <= BROKER_PATIENCE => BROKER,
            Some(Stopped { cause: Cause::BrokerUnreachable(_), .. }) => spread(LOST_BROKER),
            Some(_) => backoff(failures),
        }),
    }
}

/// Whether an outcome counts as a failed visit.
pub(crate) fn is_failure(outcome: &Outcome) -> bool {
    let Outcome::Applied { observed, .. } = outcome else { return false };
    let cause = observed.stopped.as_ref().map(|stopped| &stopped.cause);
    cause.is_some_and(|cause| !matches!(cause, Cause::Gate | Cause::TopicRejected(_)))
}

/// The pause after a number of failures in a row: 1 s, 2 s, 4 s … 60 s, less up to a quarter.
pub(crate) fn backoff(failures: u32) -> Duration {
    let exponent = failures.saturating_sub(1).min(6);
    let full = Duration::from_secs(1 << exponent).min(LONGEST);
    full.mul_f64(1.0 - 0.25 * rand::random::<f64>())
}

/// A pause that keeps many platforms from being visited at the same moment: less up to a tenth.
fn spread(pause: Duration) -> Duration {
    pause.mul_f64(1.0 - 0.1 * rand::random::<f64>())
}

#[cfg(test)]
mod tests {
    use todo_operator_core::plan::Problems;

    use super::*;

    #[test]
    fn pauses_grow_up_to_a_minute() {
        assert!(backoff(1) <= Duration::from_secs(1));
        assert!(backoff(3) > backoff(1));
        assert!((Duration::from_secs(45)..=LONGEST).contains(&backoff(100)));
    }

    #[test]
    fn a_missing_secret_is_looked_for_every_ten_seconds() {
        let mut problems = Problems::default();
        problems.add(ProblemKind::SecretMissing, "spec", "missing".into());
        assert_eq!(after(&Outcome::Blocked(problems), &TodoPlatformStatus::default(), 0), Some(WAITING));
    }

    #[test]
    fn an_undecodable_object_waits_for_a_change() {
        assert_eq!(after(&Outcome::Undecodable("x".into()), &TodoPlatformStatus::default(), 0), None);
    }
}
