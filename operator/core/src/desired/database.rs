//! The embedded PostgreSQL.

use k8s_openapi::api::core::v1::{EnvVar, ExecAction, Probe};
use todo_operator_api::v1alpha1::SecretKeyRef;

use super::environment::{from_secret, literal};
use super::identity::DATABASE_USER;
use super::object::applied;
use super::pod;
use super::server::{Server, claim, stateful_set};
use super::service::{Port, service};
use crate::bundle::{Kind, Object};
use crate::plan::{Database, PASSWORD_KEY, Plan};

const COMPONENT: &str = "database";
const PORT: Port = Port { name: "postgresql", number: 5432 };
/// User `postgres` of the official image.
const USER: i64 = 999;
const DATA: &str = "/var/lib/postgresql/data";

pub(super) fn objects(plan: &Plan) -> Vec<Object> {
    let Database::Embedded(embedded) = &plan.database else { return Vec::new() };
    let server = Server {
        component: COMPONENT,
        embedded,
        user: USER,
        port: PORT,
        environment: environment(plan),
        probe: accepts_connections,
        data: DATA,
        scratch: &[("run", "/var/run/postgresql"), ("tmp", "/tmp")],
    };
    vec![
        claim(plan, &server, plan.retain_data),
        applied(Kind::Service, &service(plan, COMPONENT, PORT)),
        applied(Kind::StatefulSet, &stateful_set(plan, &server)),
    ]
}

/// Connection URL with a password, or with the text that stands for it.
pub(super) fn url(plan: &Plan, password: &str) -> String {
    let host = plan.identity.names().component(COMPONENT);
    format!("postgres://{DATABASE_USER}:{password}@{host}:{}/{DATABASE_USER}?sslmode=disable", PORT.number)
}

fn environment(plan: &Plan) -> Vec<EnvVar> {
    let password =
        SecretKeyRef { name: plan.identity.names().database_secret(), key: PASSWORD_KEY.to_owned() };
    vec![
        literal("POSTGRES_USER", DATABASE_USER),
        literal("POSTGRES_DB", DATABASE_USER),
        from_secret("POSTGRES_PASSWORD", &password),
        literal("PGDATA", format!("{DATA}/pgdata")),
    ]
}

/// Over TCP: while the data directory is being made, the server listens on its socket only.
fn accepts_connections(period: i32, failures: i32) -> Probe {
    let command = ["pg_isready", "-q", "-h", "127.0.0.1", "-U", DATABASE_USER, "-d", DATABASE_USER];
    let exec = ExecAction { command: Some(command.map(str::to_owned).to_vec()) };
    Probe { exec: Some(exec), ..pod::timing(period, failures) }
}
