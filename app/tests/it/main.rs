//! The application on a real PostgreSQL and a real Kafka.
//!
//! `TEST_DATABASE_URL` and `TEST_KAFKA_BOOTSTRAP` say where they are (`hack/test.sh` starts them). Every test makes a
//! database and topics of its own.

mod accounts;
mod chaos;
mod consumer;
mod document;
mod isolation;
mod listing;
mod migrations;
mod problems;
mod relay;
mod reminders;
mod roles;
mod search;
mod support;
mod tags;
mod tasks;
mod trail;
