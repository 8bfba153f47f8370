//! The embedded Apache Kafka: one node that is broker and controller (KRaft).

use k8s_openapi::api::core::v1::{EnvVar, Probe, Service};
use sha2::{Digest, Sha256};

use super::environment::literal;
use super::object::applied;
use super::pod;
use super::server::{Server, claim, stateful_set};
use super::service::{Port, service};
use crate::bundle::{Kind, Object};
use crate::plan::{Broker, Plan};

const COMPONENT: &str = "broker";
const PORT: Port = Port { name: "kafka", number: 9092 };
/// User `appuser` of the official image.
const USER: i64 = 1000;
const DATA: &str = "/var/lib/kafka/data";
/// Below the mount point: Kafka refuses a directory with the `lost+found` of a fresh ext4 volume.
const LOGS: &str = "/var/lib/kafka/data/kraft";

pub(super) fn objects(plan: &Plan) -> Vec<Object> {
    let Broker::Embedded(embedded) = &plan.broker else { return Vec::new() };
    let server = Server {
        component: COMPONENT,
        embedded,
        user: USER,
        port: PORT,
        environment: environment(plan),
        probe: accepts_connections,
        data: DATA,
        scratch: &[("config", "/opt/kafka/config"), ("logs", "/opt/kafka/logs"), ("tmp", "/tmp")],
    };
    vec![
        claim(plan, &server, plan.retain_topics),
        applied(Kind::Service, &headless(plan)),
        applied(Kind::StatefulSet, &stateful_set(plan, &server)),
    ]
}

/// `host:port` of the broker, valid in every namespace: the operator connects as well.
pub(super) fn address(plan: &Plan) -> String {
    let host = plan.identity.names().component(COMPONENT);
    format!("{host}.{}.svc:{}", plan.identity.namespace, PORT.number)
}

/// Headless, and with addresses before readiness: the broker resolves its own name to become ready.
fn headless(plan: &Plan) -> Service {
    let mut service = service(plan, COMPONENT, PORT);
    if let Some(spec) = &mut service.spec {
        spec.cluster_ip = Some("None".to_owned());
        spec.publish_not_ready_addresses = Some(true);
    }
    service
}

fn accepts_connections(period: i32, failures: i32) -> Probe {
    pod::tcp_probe(PORT.name, period, failures)
}

/// The official image turns `KAFKA_X_Y` into the property `x.y`.
fn environment(plan: &Plan) -> Vec<EnvVar> {
    [
        ("CLUSTER_ID", cluster_id(plan)),
        ("KAFKA_NODE_ID", "1".to_owned()),
        ("KAFKA_PROCESS_ROLES", "broker,controller".to_owned()),
        ("KAFKA_LISTENERS", format!("PLAINTEXT://:{},CONTROLLER://:9093", PORT.number)),
        ("KAFKA_ADVERTISED_LISTENERS", format!("PLAINTEXT://{}", address(plan))),
        ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER".to_owned()),
        ("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT".to_owned()),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093".to_owned()),
        ("KAFKA_INTER_BROKER_LISTENER_NAME", "PLAINTEXT".to_owned()),
        ("KAFKA_LOG_DIRS", LOGS.to_owned()),
        ("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false".to_owned()),
        ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1".to_owned()),
        ("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "4".to_owned()),
        ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1".to_owned()),
        ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1".to_owned()),
        // A broker that crashed may register again after its session: Kafka's default of 9 s delays every restart.
        ("KAFKA_BROKER_SESSION_TIMEOUT_MS", "3000".to_owned()),
        ("KAFKA_BROKER_HEARTBEAT_INTERVAL_MS", "1000".to_owned()),
        ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0".to_owned()),
        ("KAFKA_HEAP_OPTS", "-Xms64m -Xmx256m".to_owned()),
        ("KAFKA_JVM_PERFORMANCE_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| literal(name, value))
    .collect()
}

/// A cluster id (16 bytes, base64url) that a new platform of the same name finds again on a retained volume.
fn cluster_id(plan: &Plan) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = Sha256::digest(format!("{}/{}", plan.identity.namespace, plan.identity.name));
    // 22 digits of base64 hold 16 bytes; the last digit has 4 unused bits, which have to be zero. The first digit is a
    // letter, because command lines read a leading '-' as an option.
    let digit = |index: usize, byte: &u8| match index {
        0 => usize::from(byte % 52),
        21 => usize::from(byte % 4) * 16,
        _ => usize::from(byte % 64),
    };
    let digits = digest.iter().take(22).enumerate();
    digits.map(|(index, byte)| char::from(ALPHABET[digit(index, byte)])).collect()
}
