//! The shell of the operator: gathers facts, applies objects, reports.
//!
//! `reconcile` is the table of contents: guard, gather, plan, desire, apply, prune, observe, assess, report. What a
//! platform becomes is decided in the core alone; this crate reads and writes.

mod admin;
mod apply;
pub mod broker;
pub mod cache;
mod cleanup;
pub mod context;
mod covers;
mod ensure;
pub mod errors;
mod events;
mod gather;
mod guard;
pub mod kinds;
pub mod lease;
pub mod metrics;
mod objects;
mod ownership;
mod prune;
mod reconcile;
mod report;
mod requeue;
mod retain;
mod run;
mod schema;
pub mod settings;
mod topics;
mod visit;
mod watches;

pub use reconcile::{ReconcileError, reconcile};
pub use run::{RunError, control, run};
pub use settings::Settings;
