//! Tasks, accounts, events and the ports they need: pure, without I/O.
//!
//! Time, ids and randomness come in as arguments; stores, brokers and clocks are ports that the `service` crate
//! implements.

pub mod account;
pub mod change;
pub mod event;
pub mod identity;
pub mod invalid;
pub mod page;
pub mod ports;
pub mod query;
pub mod record;
pub mod recurrence;
pub mod task;

pub use invalid::Invalid;
pub use task::Task;
