//! A broker in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use todo_operator_controller::broker::{Access, Broker, BrokerError};
use todo_operator_core::bundle::Topic;

#[derive(Debug, Default)]
pub struct MemoryBroker {
    pub topics: Mutex<BTreeMap<String, i32>>,
    pub unreachable: AtomicBool,
}

impl MemoryBroker {
    fn reach(&self) -> Result<(), BrokerError> {
        let lost = self.unreachable.load(Ordering::SeqCst);
        if lost { Err(BrokerError::Unreachable("connection refused".into())) } else { Ok(()) }
    }

    pub fn names(&self) -> Vec<String> {
        self.topics.lock().expect("no panic while locked").keys().cloned().collect()
    }
}

#[async_trait]
impl Broker for MemoryBroker {
    async fn ensure(&self, _: &Access, wanted: &[Topic]) -> Result<Vec<(String, i32)>, BrokerError> {
        self.reach()?;
        let mut topics = self.topics.lock().expect("no panic while locked");
        let ensured = wanted.iter().map(|topic| {
            let partitions = topics.entry(topic.name.clone()).or_insert(topic.partitions);
            *partitions = topic.partitions.max(*partitions);
            (topic.name.clone(), *partitions)
        });
        Ok(ensured.collect())
    }

    async fn observe(&self, _: &Access, names: &[String]) -> Result<BTreeMap<String, i32>, BrokerError> {
        self.reach()?;
        let topics = self.topics.lock().expect("no panic while locked");
        Ok(topics.iter().filter(|(name, _)| names.contains(name)).map(|(n, p)| (n.clone(), *p)).collect())
    }

    async fn delete(&self, _: &Access, names: &[String]) -> Result<(), BrokerError> {
        self.reach()?;
        self.topics.lock().expect("no panic while locked").retain(|name, _| !names.contains(name));
        Ok(())
    }
}
