//! Who a platform is: its names, labels and owner references.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Resource;
use todo_operator_api::v1alpha1::TodoPlatform;

use crate::names::Names;

/// Label that ties every child to its platform.
pub const PLATFORM_LABEL: &str = "todoplatform.dev/platform";
/// Label with the component: `api`, `audit`, `database`, `broker`, `migration`, `auth`, `hash`.
pub const COMPONENT_LABEL: &str = "app.kubernetes.io/component";
/// Label with the tool that manages an object.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// Value of [`MANAGED_BY_LABEL`], and the field manager of server-side apply.
pub const MANAGER: &str = "todo-operator";

/// Namespace, name and uid of a platform, and what follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Namespace of the platform and all its children.
    pub namespace: String,
    /// Name of the platform.
    pub name: String,
    /// UID of the platform.
    pub uid: String,
    /// Application version, for the version label.
    pub version: String,
}

impl Identity {
    /// The identity of a platform that the API server returned.
    #[must_use]
    pub fn of(platform: &TodoPlatform, version: String) -> Self {
        let meta = &platform.metadata;
        Self {
            namespace: meta.namespace.clone().unwrap_or_default(),
            name: meta.name.clone().unwrap_or_default(),
            uid: meta.uid.clone().unwrap_or_default(),
            version,
        }
    }

    /// Names of the children.
    #[must_use]
    pub fn names(&self) -> Names<'_> {
        Names::new(&self.name)
    }

    /// Labels that select the pods of a component; they never change.
    #[must_use]
    pub fn selector(&self, component: &str) -> BTreeMap<String, String> {
        [
            ("app.kubernetes.io/name", "todo"),
            ("app.kubernetes.io/instance", self.name.as_str()),
            (COMPONENT_LABEL, component),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
    }

    /// Labels of every object and pod of a component: the recommended six and the platform's own.
    #[must_use]
    pub fn labels(&self, component: &str) -> BTreeMap<String, String> {
        let mut labels = self.selector(component);
        for (key, value) in [
            ("app.kubernetes.io/version", label_value(&self.version)),
            ("app.kubernetes.io/part-of", "todoplatform".to_owned()),
            (MANAGED_BY_LABEL, MANAGER.to_owned()),
            (PLATFORM_LABEL, self.name.clone()),
        ] {
            labels.insert(key.to_owned(), value);
        }
        labels
    }

    /// The controller owner reference of a child, so that the garbage collector removes it with the platform.
    #[must_use]
    pub fn owner(&self) -> OwnerReference {
        OwnerReference {
            api_version: TodoPlatform::api_version(&()).into_owned(),
            kind: TodoPlatform::kind(&()).into_owned(),
            name: self.name.clone(),
            uid: self.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }
}

/// A text as a label value: at most 63 characters, starting and ending with a letter or digit.
fn label_value(text: &str) -> String {
    let cut: String = text.chars().take(63).collect();
    cut.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
}
