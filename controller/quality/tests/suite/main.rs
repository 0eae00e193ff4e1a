//! Reports as tools write them, and the gate over them.

mod coverage;
mod gate;
mod junit;
mod lint;
mod show;
mod sonar;
mod tap;
