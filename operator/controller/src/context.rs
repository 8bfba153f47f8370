//! What all visits share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use kube::Client;
use kube::runtime::events::{Recorder, Reporter};
use serde_json::Value;
use todo_operator_api::v1alpha1::TodoPlatformStatus;
use todo_operator_core::bundle::Kind;
use todo_operator_core::identity::MANAGER;
use tokio::sync::Semaphore;

use crate::broker::Broker;
use crate::cache::Caches;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// What all visits share.
pub struct Context {
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    pub(crate) broker: Arc<dyn Broker>,
    /// What the watches have seen.
    pub caches: Caches,
    /// Metrics.
    pub metrics: Metrics,
    pub(crate) recorder: Recorder,
    pub(crate) permits: Semaphore,
    memories: Mutex<BTreeMap<String, SharedMemory>>,
}

impl Context {
    /// A context that knows nothing yet.
    #[must_use]
    pub fn new(client: Client, settings: Settings, broker: Arc<dyn Broker>, metrics: Metrics) -> Arc<Self> {
        let instance = Some(settings.lease.identity.clone());
        let reporter = Reporter { controller: format!("todoplatform.dev/{MANAGER}"), instance };
        Arc::new(Self {
            recorder: Recorder::new(client.clone(), reporter),
            permits: Semaphore::new(usize::from(settings.concurrency.max(1))),
            caches: Caches::default(),
            memories: Mutex::default(),
            client,
            settings,
            broker,
            metrics,
        })
    }

    /// The memory of a platform.
    pub(crate) fn memory(&self, uid: &str) -> SharedMemory {
        let mut memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        memories.entry(uid.to_owned()).or_default().clone()
    }

    /// Forgets a platform that is gone.
    pub(crate) fn forget(&self, uid: &str) {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
        self.metrics.forget(uid);
    }

    /// Forgets every platform that is not among those that exist.
    pub(crate) fn forget_others(&self, existing: &BTreeSet<String>) {
        let gone: Vec<_> = {
            let memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
            memories.keys().filter(|uid| !existing.contains(*uid)).cloned().collect()
        };
        for uid in &gone {
            self.forget(uid);
        }
    }
}

/// Memory that a visit locks for moments only.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedMemory(Arc<Mutex<Memory>>);

impl SharedMemory {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was done for a platform; losing it costs requests and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Answers to the last writes. They win over a cache that lags behind.
    pub(crate) writes: BTreeMap<(Kind, String), Written>,
    /// The last status that was written, with the resource version of the answer.
    pub(crate) status: Option<(u64, TodoPlatformStatus)>,
    /// Partitions of topics at the last look at the broker.
    pub(crate) topics: BTreeMap<String, i32>,
    /// The last set of topics that the broker confirmed.
    pub(crate) ensured: Option<Ensured>,
    /// Log tails of failed pods by the pod's uid.
    pub(crate) logs: BTreeMap<String, String>,
    /// Visits that failed in a row.
    pub(crate) failures: u32,
}

/// The answer to a write.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) resource_version: u64,
    pub(crate) hash: String,
    pub(crate) object: Value,
}

/// A set of topics that the broker confirmed.
#[derive(Clone, Debug)]
pub(crate) struct Ensured {
    pub(crate) digest: String,
    pub(crate) at: Instant,
    pub(crate) topics: Vec<(String, i32)>,
}
