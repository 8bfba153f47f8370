//! Topics through the Kafka Admin API.
//!
//! Three operations, each over a connection of its own: [`ensure`], [`observe`] and [`delete`]. Every one is bounded
//! in time (5 s to reach a broker, 10 s for each request after that) and says in the broker's own words what failed.
//! Passwords appear neither in errors nor in logs.

mod connection;
mod error;
mod link;
mod topics;

pub use connection::{Connection, Sasl};
pub use error::KafkaError;
pub use topics::{Topic, delete, ensure, observe};
