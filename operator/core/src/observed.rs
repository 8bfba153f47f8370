//! What came back from applying a bundle, as facts for the status.

use std::collections::BTreeMap;

use serde_json::Value;
use todo_operator_api::v1alpha1::ObjectReference;

use crate::bundle::{Applied, Bundle, Kind, Live, Stage, Stopped};
use crate::gate::{JobState, Rollout, job_state};
use crate::gathered::{Gathered, PodTrouble};
use crate::identity::COMPONENT_LABEL;

/// Facts of one visit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Where and why applying stopped.
    pub stopped: Option<Stopped>,
    /// Whether all generated Secrets are in place.
    pub secrets_known: bool,
    /// Rollouts by component, in the order of the bundle; a component without a live object has no numbers.
    pub rollouts: Vec<(String, Stage, Option<Rollout>)>,
    /// The migration Job; `None` before it exists.
    pub migration: Option<JobState>,
    /// Tail of the log of the migration's last failed pod.
    pub migration_log: Option<String>,
    /// Topics that exist as described.
    pub topics: Vec<(String, i32)>,
    /// Number of topics that the bundle has.
    pub topics_wanted: usize,
    /// What keeps pods from being ready, by component.
    pub trouble: BTreeMap<String, PodTrouble>,
    /// Objects that exist.
    pub inventory: Vec<ObjectReference>,
    /// What would change, for a paused platform.
    pub pending: Vec<String>,
}

/// Reads the facts.
#[must_use]
pub fn observe(bundle: &Bundle, applied: &Applied, gathered: &Gathered) -> Observed {
    let migration = bundle.stage(Stage::Migration).first();
    let job = migration.and_then(|job| find(applied, Kind::Job, &job.name));
    let mut inventory: Vec<_> = applied.live.iter().map(reference).collect();
    inventory.sort();
    Observed {
        stopped: applied.stopped.clone(),
        secrets_known: bundle.secrets_known,
        rollouts: rollouts(bundle, applied),
        migration: job.map(|live| job_state(&live.object)),
        migration_log: migration.and_then(|job| gathered.job_logs.get(&job.name)).cloned(),
        topics: applied.topics.clone(),
        topics_wanted: bundle.topics.len(),
        trouble: trouble(gathered),
        inventory,
        pending: applied.pending.clone(),
    }
}

fn find<'a>(applied: &'a Applied, kind: Kind, name: &str) -> Option<&'a Live> {
    applied.live.iter().find(|live| live.kind == kind && live.name == name)
}

fn rollouts(bundle: &Bundle, applied: &Applied) -> Vec<(String, Stage, Option<Rollout>)> {
    let mut rollouts = Vec::new();
    for (stage, objects) in &bundle.stages {
        for object in objects.iter().filter(|o| matches!(o.kind, Kind::Deployment | Kind::StatefulSet)) {
            let live = find(applied, object.kind, &object.name);
            rollouts.push((component(&object.manifest), *stage, live.map(|live| Rollout::of(&live.object))));
        }
    }
    rollouts
}

fn component(manifest: &Value) -> String {
    manifest["metadata"]["labels"][COMPONENT_LABEL].as_str().unwrap_or_default().to_owned()
}

/// The first trouble of each component, in the order of pod names.
fn trouble(gathered: &Gathered) -> BTreeMap<String, PodTrouble> {
    let mut pods: Vec<_> = gathered.pods.iter().collect();
    pods.sort();
    let mut trouble = BTreeMap::new();
    for pod in pods {
        if let Some(found) = &pod.trouble {
            trouble.entry(pod.component.clone()).or_insert_with(|| found.clone());
        }
    }
    trouble
}

fn reference(live: &Live) -> ObjectReference {
    ObjectReference {
        group: live.kind.group().to_owned(),
        kind: live.kind.as_str().to_owned(),
        name: live.name.clone(),
        uid: live.object["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
    }
}
