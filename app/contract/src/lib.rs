//! Every word that the operator and the application must agree on.
//!
//! The operator writes these names into pods, topics and rules; the application reads the same constants. A name
//! that changes on one side alone does not compile. The crate has no dependencies and stays that way.

pub mod auth;
pub mod env;
pub mod http;
pub mod metrics;
pub mod topics;
