//! Pipelines by the command line: from a file to the end of a run, whatever is killed meanwhile.

mod contained;
mod fixture;
mod held;
mod imported;
mod journey;
mod killed;
mod node_api;
mod ran;
mod released;
mod seed;
mod singles;
