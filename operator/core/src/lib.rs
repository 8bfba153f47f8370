//! The functional core of the operator: spec to plan to desired objects, observed objects to status.
//!
//! `plan` validates and defaults, `desire` builds every object, `gate` says whether the next stage may be applied,
//! `observe` reads what came back and `assess` turns all of it into a status. No I/O, no clock, no randomness: the
//! manifest and `clippy.toml` of this crate make effects impossible.

pub mod bundle;
pub mod desired;
pub mod gate;
pub mod gathered;
pub mod identity;
pub mod names;
pub mod observed;
pub mod plan;
pub mod settings;
pub mod status;

pub use desired::desire;
pub use observed::observe;
pub use plan::plan;
pub use status::{Outcome, assess};
