//! The network of the cluster's own namespace: no packet leaves it, and no port of it is taken outside.
//!
//! ```text
//! 10.245.0.1      the node, on the loopback device
//! 10.244.0.0/24   pods: each at the end of a cable of its own, with the node as its router
//! 10.96.0.0/16    Services
//! ```

use std::process::Command;

use anyhow::{Context, Result, bail};

/// Where the API server listens, inside.
pub(crate) const API_SERVER: &str = "10.245.0.1:6443";
/// The node's only address.
pub(crate) const NODE_ADDRESS: &str = "10.245.0.1";
/// Addresses of pods.
pub(crate) const PODS: &str = "10.244.0.0/24";
/// Addresses of Services. The first is the API server's.
pub(crate) const SERVICES: &str = "10.96.0.0/16";
/// The API server's own.
pub(crate) const API_SERVICE: &str = "10.96.0.1";

/// Sets up the loopback device and the routes.
pub(crate) fn lay() -> Result<()> {
    ip(&["link", "set", "lo", "up"])?;
    ip(&["address", "add", &format!("{NODE_ADDRESS}/32"), "dev", "lo"])?;
    // A connection to a Service must find a route before it is turned to a pod.
    ip(&["route", "add", SERVICES, "dev", "lo", "src", NODE_ADDRESS])?;
    std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").context("cannot forward packets")
}

fn ip(arguments: &[&str]) -> Result<()> {
    let output = Command::new("ip").args(arguments).output().context("cannot start ip")?;
    if !output.status.success() {
        bail!("ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
