//! Ports for programs that do not choose one by themselves.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};

/// How many there are.
const ALL: u32 = 10_000;

/// A port that nobody has, that no other test of this program was given, and that the system gives to nobody who asks for any: those begin at 32768.
pub fn free_port() -> Result<u16> {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id() % ALL;
    let next = || GIVEN.fetch_add(1, Ordering::Relaxed);
    let ports = std::iter::repeat_with(next).take(usize::try_from(ALL)?);
    let mut ports =
        ports.map(|n| 20_000 + (first + n % ALL) % ALL).filter_map(|port| u16::try_from(port).ok());
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).context("all ports are taken")
}
