//! Drives the crate from outside.
