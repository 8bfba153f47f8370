//! The todo application: api, consume, migrate, openapi.

fn main() {}
