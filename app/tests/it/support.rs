//! Databases, topics, processes and clients of the tests.

mod broker;
mod client;
mod counting;
mod database;
mod issuer;
mod pooler;
mod process;
mod services;

use std::future::Future;
use std::time::{Duration, Instant};

pub(crate) use broker::{Received, create_topics, forward_to_broker, produce, receive, receive_from};
pub(crate) use client::Client;
pub(crate) use counting::Counting;
pub(crate) use database::{Database, with_database, with_port, with_user};
pub(crate) use issuer::{Answer, Issuer, Signer, claims, setting};
pub(crate) use pooler::Pooler;
pub(crate) use process::{Process, free_address, run_to_end};
pub(crate) use services::Services;

/// Longest wait for something that must happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A key of 32 bytes.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The value of a variable that the test run must set.
pub(crate) fn required(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| unreachable!("{name} is not set: run hack/test.sh"))
}

/// Polls until `look` finds something.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < DEADLINE, "{what}: not within {} s", DEADLINE.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A migrated database with its topics.
pub(crate) struct Platform {
    pub(crate) database: Database,
    pub(crate) prefix: String,
}

impl Platform {
    pub(crate) async fn new() -> Self {
        let platform = Self::without_topics().await;
        create_topics(&required("TEST_KAFKA_BOOTSTRAP"), &platform.prefix).await;
        platform
    }

    /// One on servers of its own.
    pub(crate) async fn on(services: &Services) -> Self {
        let platform = Self::migrated(Database::on(&services.database_url).await).await;
        create_topics(&services.bootstrap, &platform.prefix).await;
        platform
    }

    pub(crate) async fn without_topics() -> Self {
        Self::migrated(Database::new().await).await
    }

    async fn migrated(database: Database) -> Self {
        service::store::migrations::migrate(database.options(), None).await.expect("migrated");
        let prefix = format!("{}.", database.name);
        Self { database, prefix }
    }

    /// A running API.
    pub(crate) async fn api(&self) -> Process {
        self.api_at(&required("TEST_KAFKA_BOOTSTRAP")).await
    }

    /// A running API with other brokers.
    pub(crate) async fn api_at(&self, bootstrap: &str) -> Process {
        let api = Process::start(&["api"], &self.variables(bootstrap));
        api.until_ready().await;
        api
    }

    /// A running API whose statements are counted.
    pub(crate) async fn api_before(&self, counting: &Counting) -> Process {
        let mut variables = self.variables("127.0.0.1:1");
        variables[0].1.clone_from(&counting.url);
        let api = Process::start(&["api"], &variables);
        api.until_ready().await;
        api
    }

    /// A running audit consumer.
    pub(crate) async fn audit(&self) -> Process {
        let audit = Process::start(&["consume", "audit"], &self.variables(&required("TEST_KAFKA_BOOTSTRAP")));
        audit.until_ready().await;
        audit
    }

    /// The environment of a role.
    pub(crate) fn variables(&self, bootstrap: &str) -> Vec<(&'static str, String)> {
        vec![
            (contract::env::DATABASE_URL, self.database.url.clone()),
            (contract::env::KAFKA_BOOTSTRAP_SERVERS, bootstrap.to_owned()),
            (contract::env::TOPIC_PREFIX, self.prefix.clone()),
            (contract::env::AUTH_SIGNING_SECRET, SECRET.to_owned()),
            (contract::env::RATE_LIMIT_PER_MINUTE, "0".to_owned()),
            (contract::env::SIGN_IN_LIMIT_PER_MINUTE, "0".to_owned()),
        ]
    }

    /// Real name of the topic of task events.
    pub(crate) fn task_events(&self) -> String {
        contract::topics::TASK_EVENTS.prefixed(&self.prefix)
    }
}
