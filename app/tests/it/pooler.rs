//! Behind a transaction pooler.
