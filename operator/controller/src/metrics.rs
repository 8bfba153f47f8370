//! Metrics of the operator itself, in the OpenMetrics text format.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

type Labels = Vec<(&'static str, String)>;

/// Metrics of the operator itself; clones share their values.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    reconciles: Family<Labels, Counter>,
    duration: Histogram,
    writes: Family<Labels, Counter>,
    platforms: Gauge,
    ready: Gauge,
    leader: Gauge,
    states: Arc<Mutex<BTreeMap<String, bool>>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("todo_operator");
        let reconciles = Family::<Labels, Counter>::default();
        registry.register("reconciles", "Visits of platforms by result: ok or error", reconciles.clone());
        let duration = Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0]);
        registry.register("reconcile_duration_seconds", "Duration of a visit", duration.clone());
        let writes = Family::<Labels, Counter>::default();
        registry.register("writes", "Write requests to the API server by kind and verb", writes.clone());
        let (platforms, ready, leader) = (Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("platforms", "Platforms that are watched", platforms.clone());
        registry.register("platforms_ready", "Platforms whose condition Ready is True", ready.clone());
        registry.register("leader", "1 while this replica holds the lease", leader.clone());
        let registry = Arc::new(registry);
        Self { registry, reconciles, duration, writes, platforms, ready, leader, states: Arc::default() }
    }
}

impl Metrics {
    /// Counts a write request.
    pub fn write(&self, kind: &str, verb: &str) {
        self.writes.get_or_create(&vec![("kind", kind.to_owned()), ("verb", verb.to_owned())]).inc();
    }

    /// All metrics in the OpenMetrics text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Starts measuring a visit; dropping the guard ends it.
    #[must_use]
    pub fn visit(&self) -> VisitGuard {
        VisitGuard { metrics: self.clone(), started: Instant::now(), result: "error" }
    }

    /// Notes whether a platform is ready.
    pub fn platform(&self, uid: &str, ready: bool) {
        self.change(|states| {
            states.insert(uid.to_owned(), ready);
        });
    }

    /// Forgets a platform that is gone.
    pub fn forget(&self, uid: &str) {
        self.change(|states| {
            states.remove(uid);
        });
    }

    /// Notes whether this replica is the leader.
    pub fn leading(&self, leading: bool) {
        self.leader.set(i64::from(leading));
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, bool>)) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut states);
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.platforms.set(count(states.len()));
        self.ready.set(count(states.values().filter(|ready| **ready).count()));
    }
}

/// Measures one visit; a visit that returns early or is cancelled counts as an error.
#[derive(Debug)]
pub struct VisitGuard {
    metrics: Metrics,
    started: Instant,
    result: &'static str,
}

impl VisitGuard {
    /// Notes whether the visit did what it was meant to.
    pub fn succeed_if(&mut self, succeeded: bool) {
        self.result = if succeeded { "ok" } else { "error" };
    }
}

impl Drop for VisitGuard {
    fn drop(&mut self) {
        self.metrics.reconciles.get_or_create(&vec![("result", self.result.to_owned())]).inc();
        self.metrics.duration.observe(self.started.elapsed().as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_carry_the_operators_prefix_and_count() {
        let metrics = Metrics::default();
        metrics.write("Service", "apply");
        metrics.platform("uid-1", true);
        metrics.platform("uid-2", false);
        metrics.visit().succeed_if(true);
        drop(metrics.visit());
        let text = metrics.text();
        for line in [
            "todo_operator_writes_total{kind=\"Service\",verb=\"apply\"} 1",
            "todo_operator_platforms 2",
            "todo_operator_platforms_ready 1",
            "todo_operator_reconciles_total{result=\"ok\"} 1",
            "todo_operator_reconciles_total{result=\"error\"} 1",
            "todo_operator_reconcile_duration_seconds_count 2",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }
}
