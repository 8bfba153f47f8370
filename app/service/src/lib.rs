//! The adapters of the application: PostgreSQL store, Kafka bus, tokens, HTTP, consumers.
//!
//! The modules `store`, `bus`, `auth`, `http` and `consumers` know the domain and its ports, and not each other; the
//! binary puts them together. Only `http` knows `auth`, which finds the user of a token for it.

pub mod auth;
pub mod bus;
pub mod consumers;
pub mod http;
pub mod settings;
pub mod store;
