//! Kubernetes Events: one per transition of a condition, never more.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Resource;
use kube::runtime::events::{Event, EventType};
use todo_operator_api::v1alpha1::{ConditionType, TodoPlatform, TodoPlatformStatus};

use crate::context::Context;
use crate::errors::request;

/// Longest note of an Event in bytes (API of events.k8s.io/v1).
const NOTE_BYTES: usize = 1024;

/// Publishes the transitions between two statuses. An Event that cannot be published is logged and forgotten: the
/// status has it all.
pub(crate) async fn publish(ctx: &Context, platform: &TodoPlatform, now: &TodoPlatformStatus) {
    let before = platform.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    for (kind, condition) in transitions(before, &now.conditions) {
        let message = format!("{} is {}: {}", condition.type_, condition.status, condition.message);
        send(ctx, platform, (kind, &condition.reason, &condition.type_), &message).await;
    }
}

/// Publishes one Event: its kind, reason and action, and the note.
pub(crate) async fn send(
    ctx: &Context,
    platform: &TodoPlatform,
    (type_, reason, action): (EventType, &str, &str),
    note: &str,
) {
    let event = Event {
        type_,
        reason: reason.to_owned(),
        action: action.to_owned(),
        note: Some(cut(note).to_owned()),
        secondary: None,
    };
    let regarding = platform.object_ref(&());
    if let Err(error) = request("publish an Event", ctx.recorder.publish(&event, &regarding)).await {
        tracing::warn!(namespace = regarding.namespace, platform = regarding.name, %error, "no Event");
    }
}

/// Conditions that settled or went wrong: a new status other than Unknown, or another reason for being wrong.
fn transitions<'a>(before: &[Condition], now: &'a [Condition]) -> Vec<(EventType, &'a Condition)> {
    let told = |condition: &&Condition| {
        let type_ = condition.type_.as_str();
        type_ != ConditionType::Reconciling.as_str() && type_ != ConditionType::Available.as_str()
    };
    now.iter()
        .filter(told)
        .filter_map(|condition| {
            let last = before.iter().find(|last| last.type_ == condition.type_);
            let wrong = is_wrong(condition);
            let moved =
                last.map_or(wrong || starts_remarkably(condition), |last| last.status != condition.status);
            let renamed = last.is_some_and(|last| last.reason != condition.reason) && wrong;
            let settled = condition.status != "Unknown";
            let kind = if wrong { EventType::Warning } else { EventType::Normal };
            ((moved && settled) || renamed).then_some((kind, condition))
        })
        .collect()
}

/// Stalled is wrong when True, Paused never; all others are wrong when False.
fn is_wrong(condition: &Condition) -> bool {
    let bad = if condition.type_ == ConditionType::Stalled.as_str() { "True" } else { "False" };
    condition.type_ != ConditionType::Paused.as_str() && condition.status == bad
}

/// On the first visit only what is out of the ordinary is told.
fn starts_remarkably(condition: &Condition) -> bool {
    let remarkable = [ConditionType::Ready.as_str(), ConditionType::Paused.as_str()];
    condition.status == "True" && remarkable.contains(&condition.type_.as_str())
}

/// The first words of a text, at most [`NOTE_BYTES`] bytes.
fn cut(text: &str) -> &str {
    let end = (0..=NOTE_BYTES.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use k8s_openapi::jiff::Timestamp;

    use super::*;

    fn condition(type_: &str, status: &str, reason: &str) -> Condition {
        Condition {
            type_: type_.into(),
            status: status.into(),
            reason: reason.into(),
            message: String::new(),
            observed_generation: None,
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
        }
    }

    fn told(before: &[Condition], now: &[Condition]) -> Vec<(EventType, String)> {
        transitions(before, now)
            .into_iter()
            .map(|(kind, condition)| (kind, condition.type_.clone()))
            .collect()
    }

    #[test]
    fn an_unchanged_status_has_no_events() {
        let status = [condition("Ready", "False", "SecretMissing"), condition("Stalled", "True", "X")];
        assert!(told(&status, &status).is_empty());
    }

    #[test]
    fn becoming_ready_is_normal_and_stalling_is_a_warning() {
        let before =
            [condition("Ready", "Unknown", "RollingOut"), condition("Stalled", "False", "RollingOut")];
        let ready = [condition("Ready", "True", "PlatformReady"), condition("Stalled", "False", "Idle")];
        assert_eq!(told(&before, &ready), [(EventType::Normal, "Ready".to_owned())]);
        let stalled = [condition("Ready", "Unknown", "RollingOut"), condition("Stalled", "True", "Late")];
        assert_eq!(told(&before, &stalled), [(EventType::Warning, "Stalled".to_owned())]);
    }

    #[test]
    fn another_reason_for_being_wrong_is_told() {
        let before = [condition("TopicsReady", "False", "BrokerFailing")];
        let now = [condition("TopicsReady", "False", "TopicRejected")];
        assert_eq!(told(&before, &now), [(EventType::Warning, "TopicsReady".to_owned())]);
    }

    #[test]
    fn a_first_visit_on_the_way_is_silent() {
        let now =
            [condition("Ready", "Unknown", "SecretsPending"), condition("Paused", "False", "NotPaused")];
        assert!(told(&[], &now).is_empty());
    }
}
