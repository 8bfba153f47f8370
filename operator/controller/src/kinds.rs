//! From the core's table of kinds to the API: resources and permissions.

use k8s_openapi::api::rbac::v1::PolicyRule;
use kube::Resource;
use kube::core::ApiResource;
use todo_operator_api::v1alpha1::TodoPlatform;
use todo_operator_core::bundle::Kind;

/// The API resource of a kind.
#[must_use]
pub fn resource(kind: Kind) -> ApiResource {
    let group = kind.group();
    ApiResource {
        group: group.to_owned(),
        version: "v1".to_owned(),
        api_version: if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") },
        kind: kind.as_str().to_owned(),
        plural: kind.plural().to_owned(),
    }
}

/// The API resource of the platforms.
#[must_use]
pub fn platform() -> ApiResource {
    ApiResource::erase::<TodoPlatform>(&())
}

/// What the operator has to be allowed to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// In every watched namespace: a ClusterRole with a ClusterRoleBinding, or a Role in each.
    pub platforms: Vec<PolicyRule>,
    /// In the namespace of the operator: the lease.
    pub lease: Vec<PolicyRule>,
    /// On the cluster, whatever is watched: the check of the CustomResourceDefinition. Without it the operator
    /// starts with a warning instead of checking the schema.
    pub cluster: Vec<PolicyRule>,
}

/// The permissions that the code uses, and no more.
#[must_use]
pub fn rules() -> Rules {
    let group = TodoPlatform::group(&());
    let mut platforms = vec![
        // Reconciled; patched for the finalizer.
        rule(&group, &["todoplatforms"], &["get", "list", "watch", "patch"]),
        rule(&group, &["todoplatforms/status"], &["patch"]),
        // Children whose owner blocks its own deletion (OwnerReferencesPermissionEnforcement).
        rule(&group, &["todoplatforms/finalizers"], &["update"]),
    ];
    platforms.extend(children());
    platforms.extend([
        // What keeps a pod from being ready, and why a migration failed.
        rule("", &["pods"], &["get", "list", "watch"]),
        rule("", &["pods/log"], &["get"]),
        rule("events.k8s.io", &["events"], &["create", "patch"]),
    ]);
    let definition = PolicyRule {
        resource_names: Some(vec![format!("{}.{group}", TodoPlatform::plural(&()))]),
        ..rule("apiextensions.k8s.io", &["customresourcedefinitions"], &["get"])
    };
    Rules {
        platforms,
        lease: vec![rule("coordination.k8s.io", &["leases"], &["get", "create", "update"])],
        cluster: vec![definition],
    }
}

/// One rule per API group and set of verbs. Secrets are got by name (those that a platform refers to) and watched
/// by label, metadata only; they are created and patched, never deleted.
fn children() -> Vec<PolicyRule> {
    let owned = ["get", "list", "watch", "create", "patch", "delete"];
    let kept = ["get", "list", "watch", "create", "patch"];
    let mut rules = Vec::new();
    for group in ["", "apps", "batch"] {
        for (verbs, deleted) in [(owned.as_slice(), true), (kept.as_slice(), false)] {
            let of = |kind: &&Kind| kind.group() == group && kind.prunable() == deleted;
            let plurals: Vec<_> = Kind::ALL.iter().filter(of).map(|kind| kind.plural()).collect();
            // Templates of Jobs are immutable: nothing of theirs is patched.
            let verbs: Vec<_> =
                verbs.iter().copied().filter(|verb| group != "batch" || *verb != "patch").collect();
            if !plurals.is_empty() {
                rules.push(rule(group, &plurals, &verbs));
            }
        }
    }
    rules
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> PolicyRule {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    PolicyRule {
        api_groups: Some(vec![group.to_owned()]),
        resources: Some(owned(resources)),
        verbs: owned(verbs),
        ..PolicyRule::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_permitted_and_nothing_that_is_kept_may_be_deleted() {
        let rules = rules().platforms;
        for kind in Kind::ALL {
            let has = |rule: &&PolicyRule| {
                rule.api_groups
                    .as_ref()
                    .is_some_and(|groups| groups.iter().any(|group| group == kind.group()))
                    && rule.resources.as_ref().is_some_and(|all| all.iter().any(|one| one == kind.plural()))
            };
            let rule = rules.iter().find(has).expect("every kind has a rule");
            assert_eq!(rule.verbs.iter().any(|verb| verb == "patch"), kind != Kind::Job, "{kind:?}");
            assert_eq!(rule.verbs.iter().any(|verb| verb == "delete"), kind.prunable(), "{kind:?}");
        }
    }

    #[test]
    fn no_rule_has_a_wildcard() {
        let Rules { platforms, lease, cluster } = rules();
        for rule in platforms.iter().chain(&lease).chain(&cluster) {
            let all =
                [&rule.verbs, rule.resources.as_ref().expect("set"), rule.api_groups.as_ref().expect("set")];
            assert!(all.into_iter().flatten().all(|word| word != "*"), "{rule:?}");
        }
    }

    #[test]
    fn resources_of_the_core_group_have_a_bare_version() {
        assert_eq!(resource(Kind::Service).api_version, "v1");
        assert_eq!(resource(Kind::StatefulSet).api_version, "apps/v1");
    }
}
