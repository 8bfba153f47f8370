//! Compute resources and storage.

use todo_operator_api::quantity::Quantity;
use todo_operator_api::v1alpha1::{ComputeSpec, ResourcesSpec, StorageSpec};

use super::problems::{ProblemKind, Problems};
use super::quantity::{canonical, parse};
use crate::gathered::Gathered;

/// CPU and memory, in canonical form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compute {
    /// CPU.
    pub cpu: Option<String>,
    /// Memory.
    pub memory: Option<String>,
}

/// Requests and limits of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    /// What the scheduler reserves.
    pub requests: Compute,
    /// What the container may use at most.
    pub limits: Compute,
}

/// A persistent volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// Requested size, in canonical form.
    pub size: String,
    /// StorageClass; `None` is the cluster's default.
    pub class_name: Option<String>,
}

/// Defaults of a container: CPU and memory requested, memory limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Defaults {
    cpu: &'static str,
    memory: &'static str,
    memory_limit: &'static str,
}

pub(super) const APPLICATION: Defaults = Defaults { cpu: "20m", memory: "32Mi", memory_limit: "256Mi" };
pub(super) const DATABASE: Defaults = Defaults { cpu: "50m", memory: "128Mi", memory_limit: "512Mi" };
pub(super) const BROKER: Defaults = Defaults { cpu: "100m", memory: "384Mi", memory_limit: "640Mi" };

/// Default size of a volume.
const VOLUME: &str = "1Gi";

/// Resources from spec and defaults. A default request sinks to a given limit, a default limit rises to a given
/// request; a request above a limit that are both given is a problem.
pub(super) fn plan(
    given: Option<&ResourcesSpec>,
    defaults: &Defaults,
    field: &str,
    problems: &mut Problems,
) -> Resources {
    let given = given.cloned().unwrap_or_default();
    let requests = read(given.requests.as_ref(), &format!("{field}.requests"), problems);
    let limits = read(given.limits.as_ref(), &format!("{field}.limits"), problems);
    for (name, request, limit) in
        [("cpu", &requests.cpu, &limits.cpu), ("memory", &requests.memory, &limits.memory)]
    {
        if let (Some(request), Some(limit)) = (request, limit)
            && parse(request) > parse(limit)
        {
            let message = format!(
                "must not exceed the limit ({request} > {limit}); raise the limit or lower the request"
            );
            problems.add(ProblemKind::Invalid, &format!("{field}.requests.{name}"), message);
        }
    }
    Resources {
        requests: Compute {
            cpu: Some(at_most(requests.cpu.clone(), defaults.cpu, limits.cpu.as_ref())),
            memory: Some(at_most(requests.memory.clone(), defaults.memory, limits.memory.as_ref())),
        },
        limits: Compute {
            memory: Some(at_least(limits.memory, defaults.memory_limit, requests.memory.as_ref())),
            cpu: limits.cpu,
        },
    }
}

fn at_most(given: Option<String>, default: &str, limit: Option<&String>) -> String {
    let lower = limit.filter(|limit| parse(limit) < parse(default));
    given.or_else(|| lower.cloned()).unwrap_or_else(|| canonical(default))
}

fn at_least(given: Option<String>, default: &str, request: Option<&String>) -> String {
    let higher = request.filter(|request| parse(request) > parse(default));
    given.or_else(|| higher.cloned()).unwrap_or_else(|| canonical(default))
}

fn read(given: Option<&ComputeSpec>, field: &str, problems: &mut Problems) -> Compute {
    let given = given.cloned().unwrap_or_default();
    Compute {
        cpu: positive(given.cpu, &format!("{field}.cpu"), problems),
        memory: positive(given.memory, &format!("{field}.memory"), problems),
    }
}

fn positive(given: Option<Quantity>, field: &str, problems: &mut Problems) -> Option<String> {
    let text = given?.0;
    match parse(&text) {
        Some(milli) if milli > 0 => return Some(canonical(&text)),
        Some(_) => problems.add(ProblemKind::Invalid, field, "must be greater than 0".to_owned()),
        None => {
            problems.add(
                ProblemKind::Invalid,
                field,
                format!("\"{text}\" is not a quantity such as 250m or 512Mi"),
            );
        }
    }
    None
}

/// A volume from spec and defaults. An existing claim is never shrunk and keeps its class.
pub(super) fn storage(
    given: Option<&StorageSpec>,
    claim: &str,
    (field, gathered): (&str, &Gathered),
    problems: &mut Problems,
) -> Storage {
    let given = given.cloned().unwrap_or_default();
    let size_field = format!("{field}.size");
    let explicit = positive(given.size, &size_field, problems);
    let existing = gathered.claims.get(claim);
    let observed = existing.map(|claim| canonical(&claim.size));
    let size = explicit.clone().unwrap_or_else(|| VOLUME.to_owned());
    let smaller = observed.filter(|observed| parse(&size) < parse(observed));
    if let (Some(observed), Some(size)) = (&smaller, &explicit) {
        let message = format!(
            "{size} is less than the {observed} of the existing claim \"{claim}\", and volumes cannot shrink; set {observed} or more"
        );
        problems.add(ProblemKind::Invalid, &size_field, message);
    }
    let observed_class = existing.and_then(|claim| claim.class_name.clone());
    if let (Some(observed), Some(class)) = (&observed_class, &given.class_name)
        && observed != class
    {
        let message = format!(
            "{class} is not the class of the existing claim \"{claim}\", and a volume cannot move between classes; set {observed}, or delete the claim to start with an empty volume"
        );
        problems.add(ProblemKind::Invalid, &format!("{field}.className"), message);
    }
    Storage { size: smaller.unwrap_or(size), class_name: given.class_name.or(observed_class) }
}
