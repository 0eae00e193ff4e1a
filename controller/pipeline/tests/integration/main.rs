//! The engine from outside: definitions as text, runs as a controller would drive them.

mod calls;
mod composites;
mod cost;
mod failures;
mod fixture;
mod flow;
mod people;
mod properties;
mod restarts;
mod retries;
mod table;
mod times;
mod validation;
mod wire;
