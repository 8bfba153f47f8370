//! The TodoPlatform resource: serde types, schema and validation rules.
