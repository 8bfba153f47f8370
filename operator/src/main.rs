//! The operator of TodoPlatform resources.

fn main() {}
