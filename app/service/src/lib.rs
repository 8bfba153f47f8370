//! The adapters of the application: PostgreSQL store, Kafka bus, HTTP, consumers.
//!
//! The modules `store`, `bus`, `http` and `consumers` know the domain and its ports, and not each other; the binary
//! puts them together.

pub mod bus;
pub mod consumers;
pub mod http;
pub mod settings;
pub mod store;
