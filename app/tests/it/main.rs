//! The application on a real PostgreSQL and a real Kafka.
//!
//! `TEST_DATABASE_URL` and `TEST_KAFKA_BOOTSTRAP` say where they are (`hack/test.sh` starts them). Every test makes a
//! database and topics of its own.

mod accounts;
mod changes;
mod chaos;
mod consumer;
mod document;
mod idempotency;
mod isolation;
mod issuers;
mod limits;
mod listing;
mod load;
mod migrations;
mod personal_tokens;
mod pooler;
mod problems;
mod recurrence;
mod relay;
mod reminders;
mod roles;
mod search;
mod support;
mod tags;
mod task_fields;
mod tasks;
mod trail;
