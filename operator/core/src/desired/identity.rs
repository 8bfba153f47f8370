//! ServiceAccounts and generated Secrets.

use k8s_openapi::api::core::v1::{Secret, ServiceAccount};

use super::object::{applied, entry, metadata};
use super::workload::components;
use crate::bundle::{GeneratedKey, Kind, Mode, Object};
use crate::plan::{Broker, Database, HASH_KEY, PASSWORD_KEY, Plan, SIGNING_KEY};

/// User and database name of the embedded PostgreSQL.
pub(super) const DATABASE_USER: &str = "todo";

pub(super) fn objects(plan: &Plan) -> Vec<Object> {
    let names = plan.identity.names();
    let mut objects = vec![generated(plan, "hash", names.hash_secret(), (HASH_KEY, 32), &[])];
    if plan.auth.generated {
        objects.push(generated(plan, "auth", names.auth_secret(), (SIGNING_KEY, 32), &[]));
    }
    if matches!(plan.database, Database::Embedded(_)) {
        let fixed = [("username", DATABASE_USER), ("database", DATABASE_USER)];
        objects.push(generated(plan, "database", names.database_secret(), (PASSWORD_KEY, 24), &fixed));
    }
    objects.extend(accounts(plan));
    objects
}

fn generated(
    plan: &Plan,
    component: &str,
    name: String,
    (key, bytes): (&str, usize),
    fixed: &[(&str, &str)],
) -> Object {
    let secret = Secret {
        metadata: metadata(&plan.identity, component, name),
        type_: Some("Opaque".to_owned()),
        string_data: (!fixed.is_empty())
            .then(|| fixed.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()),
        ..Secret::default()
    };
    let mode = Mode::Generate(vec![GeneratedKey { key: key.to_owned(), bytes }]);
    entry(Kind::Secret, mode, plan.retain_data, &secret)
}

/// One account per workload, so that nobody's permissions are somebody else's; none of them mounts a token.
fn accounts(plan: &Plan) -> Vec<Object> {
    let mut components: Vec<&str> = components(plan).iter().map(|part| part.component).collect();
    components.push("migration");
    if matches!(plan.database, Database::Embedded(_)) {
        components.push("database");
    }
    if matches!(plan.broker, Broker::Embedded(_)) {
        components.push("broker");
    }
    components.into_iter().map(|component| account(plan, component)).collect()
}

fn account(plan: &Plan, component: &str) -> Object {
    let name = plan.identity.names().component(component);
    let account = ServiceAccount {
        metadata: metadata(&plan.identity, component, name),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    };
    applied(Kind::ServiceAccount, &account)
}
