//! From the front door: JSON in, documents and reports out.
#![cfg(test)]

mod accounted;
mod artifacts;
mod fixture;
mod golden;
mod graphs;
mod refused;
mod rules;
mod stages;
mod triggers;
