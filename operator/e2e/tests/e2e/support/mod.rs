//! What stories share.

pub mod audit_log;
pub mod children;
pub mod database;
pub mod dump;
pub mod operator;
pub mod platform;
pub mod poll;
pub mod story;
pub mod todo;
