//! Stories that stop, kill or measure the operator: one at a time, with no other story beside them.

mod idle;
mod kills;
mod namespace;
