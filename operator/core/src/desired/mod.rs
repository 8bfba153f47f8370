//! A plan becomes objects: one module per concern, none of them can fail.

mod broker;
mod database;
mod environment;
mod identity;
mod migration;
mod object;
mod pod;
mod server;
mod service;
mod workload;

use sha2::{Digest, Sha256};

use crate::bundle::{BrokerAccess, Bundle, Stage};
use crate::plan::{Broker, Plan};

/// Annotation with the digest of the Secrets that containers read: on pod templates, so that pods restart with new
/// content, and on the migration Job, so that one that is not complete is replaced.
pub const CONFIG_ANNOTATION: &str = "todoplatform.dev/config-hash";

/// Everything that a plan asks for, in the order of application.
#[must_use]
pub fn desire(plan: &Plan) -> Bundle {
    let workloads =
        workload::components(plan).iter().flat_map(|part| workload::objects(plan, part)).collect();
    Bundle {
        stages: vec![
            (Stage::Secrets, identity::objects(plan)),
            (Stage::Database, database::objects(plan)),
            (Stage::Broker, broker::objects(plan)),
            (Stage::Migration, vec![migration::job(plan)]),
            (Stage::Topics, Vec::new()),
            (Stage::Workloads, workloads),
        ],
        topics: plan.topics.clone(),
        broker: broker_access(plan),
        owner: plan.identity.owner(),
        secrets_known: plan.secrets_known,
    }
}

/// URL of the API inside the cluster.
#[must_use]
pub fn url(plan: &Plan) -> String {
    let host = plan.identity.names().component("api");
    format!("http://{host}.{}.svc:{}", plan.identity.namespace, contract::http::PORT)
}

fn broker_access(plan: &Plan) -> BrokerAccess {
    match &plan.broker {
        Broker::Embedded(_) => {
            BrokerAccess { bootstrap_servers: vec![broker::address(plan)], ..BrokerAccess::default() }
        }
        Broker::External(external) => external.access(),
    }
}

/// Changes with the content of any of the Secrets, given as name and digest.
fn config_hash(secrets: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    for (name, digest) in secrets {
        hash.update(format!("{name}={digest}\n"));
    }
    hex::encode(&hash.finalize()[..8])
}
