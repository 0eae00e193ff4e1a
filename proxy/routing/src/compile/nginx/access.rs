//! Which clients an Ingress is for: lists of networks, in which one that cannot be read closes the Ingress.

use super::{Asked, Fault};
use crate::network::{InvalidNetwork, Network};

/// `allowlist-source-range`, of which `whitelist-source-range` is the old name: both together allow what either does.
pub(super) fn allow(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let networks = networks(value).map_err(Fault::Closes)?;
    asked.rules.access.get_or_insert_default().allow.extend(networks);
    Ok(())
}

/// `denylist-source-range`.
pub(super) fn deny(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let networks = networks(value).map_err(Fault::Closes)?;
    asked.rules.access.get_or_insert_default().deny.extend(networks);
    Ok(())
}

/// A list of networks and addresses, at least one; or what is wrong with it.
pub(super) fn networks(value: &str) -> Result<Vec<Network>, String> {
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    let networks: Result<Vec<Network>, InvalidNetwork> = items.map(str::parse).collect();
    let networks = networks.map_err(|error| error.to_string())?;
    if networks.is_empty() {
        return Err("it names no network: write some, or take it away".to_owned());
    }
    Ok(networks)
}
