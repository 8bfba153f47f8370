//! The stage of the topics, through the port to the broker.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use sha2::{Digest, Sha256};
use todo_operator_core::bundle::{BrokerAccess, Bundle, Cause};
use todo_operator_core::gathered::Gathered;

use crate::broker::{Access, BrokerError, Sasl};
use crate::context::Ensured;
use crate::errors::request;
use crate::visit::Visit;

/// How long the broker's confirmation is trusted.
const TRUST: Duration = Duration::from_mins(5);

/// Makes the topics what the bundle says. Returns those that exist, with their partitions.
pub(crate) async fn apply(
    visit: &Visit<'_>,
    bundle: &Bundle,
    gathered: &Gathered,
    pending: &mut Vec<String>,
) -> Result<Vec<(String, i32)>, Cause> {
    let digest = digest(bundle, gathered);
    let ensured = visit.memory.lock().ensured.clone();
    let trusted = ensured.filter(|last| last.digest == digest && last.at.elapsed() < TRUST && !visit.afresh);
    if let Some(last) = trusted {
        return Ok(last.topics);
    }
    if visit.dry {
        return Ok(observe(visit, bundle, pending).await.unwrap_or_default());
    }
    let access = access(visit, &bundle.broker).await?;
    let topics = visit.ctx.broker.ensure(&access, &bundle.topics).await.map_err(|error| cause(&error))?;
    let mut memory = visit.memory.lock();
    memory.topics = topics.iter().cloned().collect();
    memory.ensured = Some(Ensured { digest, at: Instant::now(), topics: topics.clone() });
    Ok(topics)
}

/// What the broker confirmed last, if it was this set of topics.
pub(crate) fn remembered(visit: &Visit<'_>, bundle: &Bundle, gathered: &Gathered) -> Vec<(String, i32)> {
    let digest = digest(bundle, gathered);
    let ensured = visit.memory.lock().ensured.clone();
    ensured.filter(|last| last.digest == digest).map(|last| last.topics).unwrap_or_default()
}

/// Looks without touching. A broker that does not answer has nothing to tell: a paused platform waits for nobody.
async fn observe(
    visit: &Visit<'_>,
    bundle: &Bundle,
    pending: &mut Vec<String>,
) -> Result<Vec<(String, i32)>, Cause> {
    let access = access(visit, &bundle.broker).await?;
    let names: Vec<_> = bundle.topics.iter().map(|topic| topic.name.clone()).collect();
    let seen = visit.ctx.broker.observe(&access, &names).await.map_err(|error| cause(&error))?;
    for topic in &bundle.topics {
        match seen.get(&topic.name) {
            None => pending.push(format!("create Topic/{}", topic.name)),
            Some(partitions) if *partitions < topic.partitions => {
                pending.push(format!("patch Topic/{}", topic.name));
            }
            Some(_) => {}
        }
    }
    Ok(seen.into_iter().collect())
}

/// The access with the content of the Secrets that it names.
pub(crate) async fn access(visit: &Visit<'_>, broker: &BrokerAccess) -> Result<Access, Cause> {
    let ca_pem = match &broker.ca {
        Some((secret, key)) => Some(value(visit, secret, key).await?),
        None => None,
    };
    let sasl = match &broker.sasl {
        Some((mechanism, secret)) => Some(Sasl {
            mechanism: mechanism.clone(),
            username: value(visit, secret, "username").await?,
            password: value(visit, secret, "password").await?,
        }),
        None => None,
    };
    Ok(Access { bootstrap_servers: broker.bootstrap_servers.clone(), tls: broker.tls, ca_pem, sasl })
}

async fn value(visit: &Visit<'_>, secret: &str, key: &str) -> Result<String, Cause> {
    let api: Api<Secret> = Api::namespaced(visit.ctx.client.clone(), visit.namespace());
    let found =
        request(format!("get Secret \"{secret}\""), api.get(secret)).await.map_err(|error| error.cause())?;
    let bytes = found.data.and_then(|mut data| data.remove(key)).map(|bytes| bytes.0);
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        Cause::Transient(format!(
            "failed to read key \"{key}\" of Secret \"{secret}\": it is missing or no UTF-8 text"
        ))
    })
}

/// Digest of topics and access; the digests of Secrets stand for their content.
fn digest(bundle: &Bundle, gathered: &Gathered) -> String {
    let named =
        bundle.broker.ca.iter().map(|(secret, _)| secret).chain(bundle.broker.sasl.iter().map(|(_, s)| s));
    let secrets: Vec<_> = named.map(|name| gathered.secrets.get(name).map(|facts| &facts.digest)).collect();
    hex::encode(Sha256::digest(format!("{:?}{:?}{secrets:?}", bundle.topics, bundle.broker)))
}

fn cause(error: &BrokerError) -> Cause {
    match error {
        BrokerError::Unreachable(_) => Cause::BrokerUnreachable(error.to_string()),
        BrokerError::Rejected { .. } => Cause::TopicRejected(error.to_string()),
    }
}
