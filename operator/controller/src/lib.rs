//! The shell of the operator: gathers facts, applies objects, reports.

pub mod broker;
