//! What holds for every platform that the schema lets through.

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use todo_operator_api::v1alpha1::TodoPlatform;
use todo_operator_core::bundle::{Bundle, Kind, Stage};
use todo_operator_core::identity::{MANAGED_BY_LABEL, PLATFORM_LABEL};
use todo_operator_core::settings::ImageCatalog;
use todo_operator_core::{desire, plan};

fn compute() -> impl Strategy<Value = Value> {
    let cpu =
        prop_oneof![Just(Value::Null), (1u32..4000).prop_map(|m| json!(format!("{m}m"))), Just(json!(1))];
    let memory = prop_oneof![Just(Value::Null), (1u32..4096).prop_map(|m| json!(format!("{m}Mi")))];
    (cpu, memory).prop_map(|(cpu, memory)| json!({"cpu": cpu, "memory": memory}))
}

fn resources() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        compute().prop_map(|requests| json!({"requests": requests})),
        compute().prop_map(|limits| json!({"limits": limits})),
        (compute(), compute()).prop_map(|(requests, limits)| json!({"requests": requests, "limits": limits})),
    ]
}

fn database() -> impl Strategy<Value = Value> {
    let key = |key: &str| json!({"name": "database-urls", "key": key});
    prop_oneof![
        Just(Value::Null),
        (resources(), 1u32..100).prop_map(
            |(r, gi)| json!({"embedded": {"resources": r, "storage": {"size": format!("{gi}Gi")}}})
        ),
        any::<bool>().prop_map(move |zero| json!({"external": {
            "urlSecretRef": key("POOLED"), "migrationUrlSecretRef": key("DIRECT"), "scaleToZero": zero}})),
    ]
}

fn broker() -> impl Strategy<Value = Value> {
    let sasl = json!({"mechanism": "SCRAM-SHA-512", "secretRef": {"name": "kafka-user"}});
    let tls = json!({"caSecretRef": {"name": "kafka-ca", "key": "ca.crt"}});
    prop_oneof![
        Just(Value::Null),
        resources().prop_map(|r| json!({"embedded": {"resources": r}})),
        (any::<bool>(), any::<bool>()).prop_map(move |(with_tls, with_sasl)| json!({"external": {
            "bootstrapServers": ["a.example.com:9092", "b.example.com:9092"],
            "tls": if with_tls { tls.clone() } else { Value::Null },
            "sasl": if with_sasl { sasl.clone() } else { Value::Null }}})),
    ]
}

fn auth() -> impl Strategy<Value = Value> {
    let jwks = json!({"issuer": "https://auth.example.com", "jwksURL": "https://auth.example.com/jwks"});
    let shared = json!({"issuer": "partner", "sharedSecretRef": {"name": "partner", "key": "hmac"}});
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(move |local| json!({"local": {"enabled": local}, "issuers": [jwks, shared]})),
    ]
}

prop_compose! {
    fn spec()(
        profile in prop_oneof![Just("local"), Just("custom")],
        database in database(),
        broker in broker(),
        prefix in proptest::option::of("[A-Za-z0-9._-]{0,40}"),
        (api_resources, audit_resources) in (resources(), resources()),
        (api, audit) in (1i32..100, 1i32..4),
        enabled in any::<bool>(),
        (data, topics) in (any::<bool>(), any::<bool>()),
        auth in auth(),
    ) -> Value {
        let policy = |delete: bool| if delete { "Delete" } else { "Retain" };
        json!({
            "profile": profile,
            "database": database,
            "messaging": {"broker": broker, "topics": {"topicPrefix": prefix}},
            "api": {"replicas": api, "resources": api_resources},
            "consumers": {"audit": {"replicas": audit, "enabled": enabled, "resources": audit_resources}},
            "auth": auth,
            "deletionPolicy": {"data": policy(data), "topics": policy(topics)},
        })
    }
}

prop_compose! {
    fn platforms()(name in "[a-z]([a-z0-9-]{0,38}[a-z0-9])?", spec in spec()) -> TodoPlatform {
        let manifest = json!({
            "apiVersion": "todoplatform.dev/v1alpha1", "kind": "TodoPlatform",
            "metadata": {"name": name}, "spec": spec,
        });
        support::platform(&manifest.to_string())
    }
}

fn bundle(platform: &TodoPlatform) -> Option<Bundle> {
    let gathered = support::complete(platform);
    plan(platform, &gathered, &ImageCatalog::default()).ok().map(|plan| desire(&plan))
}

fn is_dns_label(name: &str) -> bool {
    let bytes = name.as_bytes();
    name.len() <= 63
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

fn pod_spec(manifest: &Value) -> Option<&Value> {
    manifest["spec"]["template"].get("spec")
}

fn is_restricted(pod: &Value) -> bool {
    let context = &pod["securityContext"];
    context["runAsNonRoot"] == true
        && context["seccompProfile"]["type"] == "RuntimeDefault"
        && pod["automountServiceAccountToken"] == false
        && pod["containers"].as_array().is_some_and(|containers| {
            containers.iter().all(|container| {
                let own = &container["securityContext"];
                own["allowPrivilegeEscalation"] == false
                    && own["readOnlyRootFilesystem"] == true
                    && own["capabilities"]["drop"] == json!(["ALL"])
                    && container["resources"]["limits"]["memory"].is_string()
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn names_are_valid_and_unique(platform in platforms()) {
        let Some(bundle) = bundle(&platform) else { return Ok(()) };
        let mut seen = BTreeSet::new();
        for object in bundle.objects() {
            prop_assert!(is_dns_label(&object.name), "{:?} {}", object.kind, object.name);
            prop_assert!(seen.insert((object.kind, object.name.clone())), "{} twice", object.name);
            if object.kind == Kind::StatefulSet {
                prop_assert!(object.name.len() <= 52, "the revision label of {} would be too long", object.name);
            }
        }
        let topics: BTreeSet<_> = bundle.topics.iter().map(|topic| &topic.name).collect();
        prop_assert_eq!(topics.len(), bundle.topics.len());
        prop_assert!(topics.iter().all(|name| name.len() <= 249));
    }

    #[test]
    fn labels_namespace_and_component_are_on_everything(platform in platforms()) {
        let Some(bundle) = bundle(&platform) else { return Ok(()) };
        for object in bundle.objects() {
            let metadata = &object.manifest["metadata"];
            let labels = &metadata["labels"];
            prop_assert_eq!(metadata["namespace"].as_str(), Some("demo"));
            prop_assert_eq!(labels[PLATFORM_LABEL].as_str(), platform.metadata.name.as_deref());
            prop_assert_eq!(labels[MANAGED_BY_LABEL].as_str(), Some("todo-operator"));
            for name in ["name", "instance", "version", "component", "part-of"] {
                let label = labels[format!("app.kubernetes.io/{name}")].as_str();
                prop_assert!(label.is_some_and(|value| !value.is_empty() && value.len() <= 63), "{}: {}", object.name, name);
            }
        }
        prop_assert_eq!(bundle.owner.controller, Some(true));
        prop_assert_eq!(Some(&bundle.owner.uid), platform.metadata.uid.as_ref());
    }

    #[test]
    fn the_same_platform_gives_the_same_bundle(platform in platforms()) {
        prop_assert_eq!(bundle(&platform), bundle(&platform.clone()));
    }

    #[test]
    fn every_pod_is_restricted_and_selected_by_its_owner(platform in platforms()) {
        let Some(bundle) = bundle(&platform) else { return Ok(()) };
        for object in bundle.objects() {
            let Some(pod) = pod_spec(&object.manifest) else { continue };
            prop_assert!(is_restricted(pod), "{}", object.name);
            let labels = &object.manifest["spec"]["template"]["metadata"]["labels"];
            let selector = object.manifest["spec"]["selector"]["matchLabels"].as_object();
            for (key, value) in selector.into_iter().flatten() {
                prop_assert_eq!(&labels[key], value);
            }
        }
    }

    #[test]
    fn only_data_is_retained_and_only_where_the_policy_says_so(platform in platforms()) {
        let Some(bundle) = bundle(&platform) else { return Ok(()) };
        let policy = platform.spec.deletion_policy.clone().unwrap_or_default();
        for object in bundle.objects() {
            let topics = object.name.ends_with("-broker-data");
            let retains = if topics { policy.topics } else { policy.data }.unwrap_or_default().retains();
            let holds_data = matches!(object.kind, Kind::PersistentVolumeClaim | Kind::Secret);
            prop_assert_eq!(object.retained, holds_data && retains, "{}", object.name);
        }
    }

    #[test]
    fn nothing_but_the_stages_order_decides_what_comes_first(platform in platforms()) {
        let Some(bundle) = bundle(&platform) else { return Ok(()) };
        let stages: Vec<_> = bundle.stages.iter().map(|(stage, _)| *stage).collect();
        prop_assert_eq!(stages, Stage::ALL.to_vec());
    }
}
