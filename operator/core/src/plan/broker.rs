//! The broker of a plan.

use todo_operator_api::v1alpha1::{self as api, Profile, SaslMechanism, SecretKeyRef, TodoPlatformSpec};

use super::embedded::{self, Embedded, Given};
use super::problems::{ProblemKind, Problems};
use super::{resources, secrets};
use crate::gathered::Gathered;
use crate::identity::Identity;
use crate::settings::ImageCatalog;

/// The broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broker {
    /// Run by the operator.
    Embedded(Embedded),
    /// Exists already.
    External(ExternalBroker),
}

/// A broker that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalBroker {
    /// `host:port` of the bootstrap servers.
    pub bootstrap_servers: Vec<String>,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// Secret key with the certificate authorities.
    pub ca: Option<SecretKeyRef>,
    /// SASL mechanism and the Secret with `username` and `password`.
    pub sasl: Option<(SaslMechanism, String)>,
}

impl Broker {
    /// The word used in manifests.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Embedded(_) => "embedded",
            Self::External(_) => "external",
        }
    }
}

/// The broker of spec and profile; `None` with a problem when there is none.
pub(super) fn plan(
    spec: &TodoPlatformSpec,
    identity: &Identity,
    gathered: &Gathered,
    images: &ImageCatalog,
    problems: &mut Problems,
) -> Option<Broker> {
    let given = spec.messaging.as_ref().and_then(|messaging| messaging.broker.clone()).unwrap_or_default();
    let field = "spec.messaging.broker";
    if given.embedded.is_some() && given.external.is_some() {
        problems.add(ProblemKind::Invalid, field, "give either embedded or external, not both".to_owned());
    }
    if let Some(external) = given.external {
        return Some(Broker::External(external_broker(external, gathered, problems)));
    }
    if given.embedded.is_none() && spec.profile != Some(Profile::Local) {
        let message = "profile \"custom\" has no broker; set messaging.broker.embedded or messaging.broker.external, or choose profile \"local\"";
        problems.add(ProblemKind::Invalid, field, message.to_owned());
        return None;
    }
    let spec = given.embedded.unwrap_or_default();
    let given =
        Given { image: spec.image, storage: spec.storage.as_ref(), resources: spec.resources.as_ref() };
    let claim = identity.names().claim("broker");
    let defaults = (images.kafka.as_str(), &resources::BROKER);
    let embedded =
        embedded::plan(&given, defaults, ("spec.messaging.broker.embedded", &claim), gathered, problems);
    Some(Broker::Embedded(embedded))
}

fn external_broker(
    external: api::ExternalBroker,
    gathered: &Gathered,
    problems: &mut Problems,
) -> ExternalBroker {
    let ca = external.tls.as_ref().and_then(|tls| tls.ca_secret_ref.clone());
    if let Some(reference) = &ca {
        let field = "spec.messaging.broker.external.tls.caSecretRef";
        secrets::require(reference, field, gathered, problems);
        secrets::require_text(reference, field, gathered, problems);
    }
    if let Some(sasl) = &external.sasl {
        let field = "spec.messaging.broker.external.sasl.secretRef";
        for key in ["username", "password"] {
            let reference = SecretKeyRef { name: sasl.secret_ref.name.clone(), key: key.to_owned() };
            secrets::require(&reference, field, gathered, problems);
            secrets::require_text(&reference, field, gathered, problems);
        }
    }
    for server in &external.bootstrap_servers {
        let port = server.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        if port.is_none_or(|port| port == 0) {
            let message = format!("\"{server}\" has no port between 1 and 65535; write host:port");
            problems.add(ProblemKind::Invalid, "spec.messaging.broker.external.bootstrapServers", message);
        }
    }
    ExternalBroker {
        bootstrap_servers: external.bootstrap_servers,
        tls: external.tls.is_some(),
        ca,
        sasl: external.sasl.map(|sasl| (sasl.mechanism, sasl.secret_ref.name)),
    }
}

/// Adds a problem if an older platform has the same topics on the same broker.
pub(super) fn check_rivals(
    broker: Option<&Broker>,
    prefix: &str,
    gathered: &Gathered,
    problems: &mut Problems,
) {
    let Some(Broker::External(external)) = broker else { return };
    let rival = gathered.rivals.iter().find(|rival| {
        rival.older
            && rival.topic_prefix == prefix
            && rival.bootstrap_servers.iter().any(|server| external.bootstrap_servers.contains(server))
    });
    if let Some(rival) = rival {
        let message = format!(
            "topics with the prefix \"{prefix}\" on this broker belong to the platform {}; choose another prefix in a new platform",
            rival.platform
        );
        problems.add(ProblemKind::TopicConflict, "spec.messaging.topics.topicPrefix", message);
    }
}
