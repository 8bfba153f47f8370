//! The adapters of the application: PostgreSQL store, Kafka bus, HTTP, consumers.
