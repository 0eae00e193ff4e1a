//! An address block in CIDR notation.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A block of addresses, such as `10.0.0.0/8`, `fd00::/8` or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// IPv4 blocks are kept as their IPv4-mapped form, so that a mapped client address matches too.
    bits: u128,
    mask: u128,
}

impl Network {
    /// Whether `address` lies in this block.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        mapped(address).to_bits() & self.mask == self.bits
    }
}

fn mapped(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    }
}

/// A text that is no address block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a network: write 10.0.0.0/8, fd00::/8 or an address")]
pub struct InvalidNetwork(pub String);

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let width: u32 = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u32 = prefix.map_or(Ok(width), str::parse).map_err(|_| invalid())?;
        let host_bits = width.checked_sub(prefix).ok_or_else(invalid)?;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Ok(Self { bits: mapped(address).to_bits() & mask, mask })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, length) = (Ipv6Addr::from_bits(self.bits), self.mask.count_ones());
        match address.to_ipv4_mapped() {
            Some(v4) if length >= 96 => write!(f, "{v4}/{}", length - 96),
            Some(_) | None => write!(f, "{address}/{length}"),
        }
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn blocks_hold_their_addresses_and_no_others() {
        for (block, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("10.0.0.0/8", "::ffff:10.0.0.1", "::10.0.0.1"),
        ] {
            let network: Network = block.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{block} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{block} {outside}");
        }
        for (block, shown) in
            [("10.1.2.3/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("fd00::1/8", "fd00::/8")]
        {
            assert_eq!(block.parse::<Network>().unwrap().to_string(), shown);
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/-1", "x"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
