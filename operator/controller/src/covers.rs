//! Whether a live object has everything that is desired of it.
//!
//! Fields that nobody desired are ignored: defaults of the API server, injected sidecars, annotations of others.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// Keys by which lists of objects are matched, the most specific first: the merge keys of the API's own lists.
const KEYS: [&str; 8] = ["mountPath", "uid", "containerPort", "port", "name", "topologyKey", "type", "key"];

/// Path of the first field of `desired` that `live` does not have; `None` if it has them all.
pub(crate) fn difference(desired: &Value, live: &Value) -> Option<String> {
    compare(desired, live, "")
}

fn compare(desired: &Value, live: &Value, path: &str) -> Option<String> {
    match (desired, live) {
        (Value::Object(wanted), Value::Object(there)) => fields(wanted, there, path),
        (Value::Array(wanted), Value::Array(there)) => items(wanted, there, path),
        // The API server drops what is empty.
        (Value::Object(wanted), Value::Null) if wanted.is_empty() => None,
        (Value::Array(wanted), Value::Null) if wanted.is_empty() => None,
        _ if equal(desired, live, path) => None,
        _ => Some(path.to_owned()),
    }
}

fn fields(wanted: &Map<String, Value>, there: &Map<String, Value>, path: &str) -> Option<String> {
    wanted.iter().find_map(|(key, value)| {
        compare(value, there.get(key).unwrap_or(&Value::Null), &format!("{path}.{key}"))
    })
}

fn items(wanted: &[Value], there: &[Value], path: &str) -> Option<String> {
    let objects = wanted.iter().all(Value::is_object) && !wanted.is_empty();
    let key = KEYS.iter().find(|key| objects && wanted.iter().all(|item| item.get(**key).is_some()));
    let Some(key) = key else {
        let same = wanted.len() == there.len();
        let pairs = || wanted.iter().zip(there).enumerate();
        return if same {
            pairs().find_map(|(index, (want, have))| compare(want, have, &format!("{path}[{index}]")))
        } else {
            Some(path.to_owned())
        };
    };
    wanted.iter().find_map(|want| {
        let have = there.iter().find(|have| have.get(*key) == want.get(*key));
        let at = want.get(*key).map(ToString::to_string).unwrap_or_default();
        compare(want, have.unwrap_or(&Value::Null), &format!("{path}[{at}]"))
    })
}

fn equal(desired: &Value, live: &Value, path: &str) -> bool {
    if desired == live {
        return true;
    }
    let amounts = path.contains(".requests.") || path.contains(".limits.");
    match (desired, live) {
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().partial_cmp(&b.as_f64()).is_some_and(Ordering::is_eq)
        }
        (Value::String(a), Value::String(b)) if amounts => match (amount(a), amount(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
        _ => false,
    }
}

/// A quantity in thousandths, rounded up as the API server does; `None` if it is none.
fn amount(text: &str) -> Option<u128> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let number = format!("{whole}{fraction}").parse::<u128>().ok()?;
    let (thousandths, divisor) = multiplier(suffix)?;
    Some(number.checked_mul(thousandths)?.div_ceil(scale.checked_mul(divisor)?))
}

/// Thousandths of one unit, as a fraction.
fn multiplier(suffix: &str) -> Option<(u128, u128)> {
    let thousand = 1000;
    Some(match suffix {
        "n" => (1, 1_000_000),
        "u" => (1, 1_000),
        "m" => (1, 1),
        "" => (thousand, 1),
        "k" => (thousand.pow(2), 1),
        "M" => (thousand.pow(3), 1),
        "G" => (thousand.pow(4), 1),
        "T" => (thousand.pow(5), 1),
        "P" => (thousand.pow(6), 1),
        "E" => (thousand.pow(7), 1),
        "Ki" => (thousand << 10, 1),
        "Mi" => (thousand << 20, 1),
        "Gi" => (thousand << 30, 1),
        "Ti" => (thousand << 40, 1),
        "Pi" => (thousand << 50, 1),
        "Ei" => (thousand << 60, 1),
        exponent => {
            let power = exponent.strip_prefix(['e', 'E'])?.parse::<u32>().ok()?;
            (thousand.checked_mul(10_u128.checked_pow(power)?)?, 1)
        }
    })
}

/// Whether two readings of one object differ in nothing that somebody asked for: versions, bookkeeping and status
/// aside.
pub(crate) fn same_intent(before: &Value, now: &Value) -> bool {
    intent(before) == intent(now)
}

fn intent(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["resourceVersion", "managedFields", "generation"] {
            metadata.remove(field);
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_of_others_are_ignored() {
        let desired =
            json!({"spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "app"}]}}}});
        let live = json!({"metadata": {"uid": "1"}, "spec": {"replicas": 1, "strategy": {"type": "RollingUpdate"},
            "template": {"spec": {"containers": [{"name": "sidecar"}, {"name": "app", "image": "x"}]}}}});
        assert_eq!(difference(&desired, &live), None);
    }

    #[test]
    fn a_changed_field_is_named_with_its_path() {
        let desired = json!({"spec": {"containers": [{"name": "app", "image": "a"}]}});
        let live = json!({"spec": {"containers": [{"name": "app", "image": "b"}]}});
        assert_eq!(difference(&desired, &live).as_deref(), Some(".spec.containers[\"app\"].image"));
    }

    #[test]
    fn a_missing_item_is_a_difference() {
        let desired = json!({"ports": [{"port": 1}, {"port": 2}]});
        assert!(difference(&desired, &json!({"ports": [{"port": 1}]})).is_some());
    }

    #[test]
    fn quantities_are_equal_in_any_notation() {
        for (desired, live) in
            [("1000m", "1"), ("0.5", "500m"), ("1024Mi", "1Gi"), ("1e3", "1k"), ("100", "100")]
        {
            let of = |text: &str| json!({"resources": {"requests": {"cpu": text}}});
            assert_eq!(difference(&of(desired), &of(live)), None, "{desired} {live}");
        }
        let of = |text: &str| json!({"resources": {"limits": {"memory": text}}});
        assert!(difference(&of("1Gi"), &of("1G")).is_some());
    }

    #[test]
    fn notations_of_other_fields_are_not_quantities() {
        assert!(difference(&json!({"value": "1000m"}), &json!({"value": "1"})).is_some());
    }

    #[test]
    fn lists_of_words_are_compared_in_order() {
        assert_eq!(difference(&json!({"args": ["a", "b"]}), &json!({"args": ["a", "b"]})), None);
        assert!(difference(&json!({"args": ["a", "b"]}), &json!({"args": ["b", "a"]})).is_some());
        assert!(difference(&json!({"args": ["a"]}), &json!({"args": ["a", "b"]})).is_some());
    }

    #[test]
    fn what_is_empty_may_be_absent() {
        assert_eq!(difference(&json!({"resources": {}, "list": []}), &json!({})), None);
    }

    #[test]
    fn two_mounts_of_one_volume_are_told_apart() {
        let desired =
            json!({"volumeMounts": [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b"}]});
        assert_eq!(difference(&desired, &desired), None);
    }

    #[test]
    fn status_and_versions_are_no_intent() {
        let before = json!({"metadata": {"resourceVersion": "1"}, "spec": {"a": 1}, "status": {"b": 1}});
        let now = json!({"metadata": {"resourceVersion": "2"}, "spec": {"a": 1}, "status": {"b": 2}});
        assert!(same_intent(&before, &now));
        assert!(!same_intent(&before, &json!({"metadata": {}, "spec": {"a": 2}})));
    }
}
