//! The TodoPlatform resource: serde types, schema and validation rules.
//!
//! Every doc comment on a field is what `kubectl explain` prints; the rules are CEL expressions that the API server
//! evaluates before anything is stored. Nothing here does I/O or decides what a platform becomes.

pub mod quantity;
pub mod v1alpha1;
