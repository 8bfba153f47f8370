//! Topics through the Kafka Admin API.
