//! Releases while things go wrong: real traffic whose count adds up, and an end that is stated, with stable serving and nothing left behind.
//!
//! ```text
//! beside     the controller as a process beside the cluster, killed and started at will
//!   injector   between it and the API server: passes on, or does what goes wrong on the way
//! audit      what the controller asked of the API server, by the server's own log
//!
//! killed, outages, injected, writers, images, upgrade, acknowledged, handover, rights, many: the cases
//! ```

mod acknowledged;
mod audit;
mod beside;
mod handover;
mod images;
mod injected;
mod injector;
mod killed;
mod many;
mod outages;
mod rights;
mod upgrade;
mod writers;
