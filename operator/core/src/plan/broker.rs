//! The broker of a plan.

use todo_operator_api::v1alpha1::{self as api, Profile, SaslMechanism, SecretKeyRef, TodoPlatformSpec};

use super::embedded::{self, Embedded, Given};
use super::problems::{ProblemKind, Problems};
use super::{resources, secrets};
use crate::bundle::BrokerAccess;
use crate::gathered::{Gathered, Rival};
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

impl ExternalBroker {
    /// The broker of a spec, unchecked.
    pub(super) fn of(spec: &api::ExternalBroker) -> Self {
        Self {
            bootstrap_servers: spec.bootstrap_servers.clone(),
            tls: spec.tls.is_some(),
            ca: spec.tls.as_ref().and_then(|tls| tls.ca_secret_ref.clone()),
            sasl: spec.sasl.as_ref().map(|sasl| (sasl.mechanism, sasl.secret_ref.name.clone())),
        }
    }

    /// How the operator itself reaches it.
    pub(crate) fn access(&self) -> BrokerAccess {
        let sasl = self.sasl.as_ref();
        BrokerAccess {
            bootstrap_servers: self.bootstrap_servers.clone(),
            tls: self.tls,
            ca: self.ca.as_ref().map(|ca| (ca.name.clone(), ca.key.clone())),
            sasl: sasl.map(|(mechanism, secret)| (mechanism.as_str().to_owned(), secret.clone())),
        }
    }
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
        check(&external, gathered, problems);
        return Some(Broker::External(ExternalBroker::of(&external)));
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

fn check(external: &api::ExternalBroker, gathered: &Gathered, problems: &mut Problems) {
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
}

/// The older platform, if there is one, that the topics with a prefix on a broker belong to.
pub(super) fn older_rival<'a>(servers: &[String], prefix: &str, rivals: &'a [Rival]) -> Option<&'a Rival> {
    rivals.iter().find(|rival| {
        rival.older
            && rival.topic_prefix == prefix
            && rival.bootstrap_servers.iter().any(|server| servers.contains(server))
    })
}

/// Adds a problem if an older platform has the same topics on the same broker.
pub(super) fn check_rivals(
    broker: Option<&Broker>,
    prefix: &str,
    gathered: &Gathered,
    problems: &mut Problems,
) {
    let Some(Broker::External(external)) = broker else { return };
    if let Some(rival) = older_rival(&external.bootstrap_servers, prefix, &gathered.rivals) {
        let message = format!(
            "topics with the prefix \"{prefix}\" on this broker belong to the platform {}; choose another prefix in a new platform",
            rival.platform
        );
        problems.add(ProblemKind::TopicConflict, "spec.messaging.topics.topicPrefix", message);
    }
}
