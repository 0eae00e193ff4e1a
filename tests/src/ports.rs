//! Ports for programs that do not choose one by themselves.

use std::net::TcpListener;

use anyhow::{Context, Result};

/// A port that nobody has, and that the system gives to nobody who asks for any: those begin at 32768.
pub fn free_port() -> Result<u16> {
    let first = u16::try_from(std::process::id() % 10_000)?;
    let mut ports = (0..10_000).map(|n| 20_000 + (first + n) % 10_000);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).context("all ports are taken")
}
