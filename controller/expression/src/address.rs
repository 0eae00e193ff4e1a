//! Which addresses an expression may ask for: those of the world, not those of the machine or the cluster that asks.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

/// Endings of host names that lead inside.
const INSIDE: [&str; 7] = ["localhost", "local", "localdomain", "internal", "spinnaker", "svc", "home.arpa"];

/// Which hosts may be asked beside public ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Hosts, and with a leading dot all below a domain, that may be asked although their names or addresses are inside: `.builds.internal`.
    pub hosts: Vec<String>,
}

impl Reach {
    /// Whether a host name may be asked although it is inside.
    fn names(&self, host: &str) -> bool {
        self.hosts.iter().any(|allowed| {
            let allowed = allowed.to_ascii_lowercase();
            if allowed.starts_with('.') { host.ends_with(&allowed) } else { host == allowed }
        })
    }

    /// Whether the network address that the host of `address` leads to may be connected to. To be asked after the name is resolved and
    /// for the very address that is connected to, or a name could lead elsewhere the second time.
    #[must_use]
    pub fn allows(&self, address: &Address, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let never = ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || is_link_local(ip);
        !never && (self.names(&address.host) || !is_private(ip))
    }
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        // 100.64.0.0/10 is what carriers and clouds number inside; 0.0.0.0/8 is this network.
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            ip.is_private() || first == 0 || first == 100 && (64..128).contains(&second)
        }
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

/// An address that may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    text: String,
    host: String,
}

/// Why an address must not be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It cannot be read as one.
    #[error("{0:?} is no address: write https://host/path")]
    Malformed(String),
    /// Another scheme.
    #[error("an address begins with https:// or http://, not with {0:?}")]
    Scheme(String),
    /// A name and password in it.
    #[error("an address has no user and password in it")]
    Credentials,
    /// A number in place of a name.
    #[error("{0} is no host name: expressions do not ask for network addresses")]
    Numeric(String),
    /// A host inside.
    #[error(
        "{0} is inside this machine or cluster: expressions ask for public hosts, and for those that the controller's configuration allows"
    )]
    Inside(String),
}

impl Address {
    /// Reads one, and refuses what leads inside.
    ///
    /// # Errors
    /// It is none, or must not be asked for.
    pub fn parse(text: &str, reach: &Reach) -> Result<Self, AddressError> {
        let malformed = || AddressError::Malformed(crate::missing::clip(text));
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        match uri.scheme_str() {
            Some("http" | "https") => {}
            Some(other) => return Err(AddressError::Scheme(other.to_owned())),
            None => return Err(malformed()),
        }
        let authority = uri.authority().ok_or_else(malformed)?;
        if authority.as_str().contains('@') {
            return Err(AddressError::Credentials);
        }
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        check(&host).map_err(|()| malformed())?;
        let last = host.rsplit('.').next().unwrap_or_default();
        // Whatever ends in a number is read as a network address by some: 127.1, 2130706433, 0x7f.1.
        if host.starts_with('[') || last.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(AddressError::Numeric(host));
        }
        let is_inside = |ending: &&str| host == **ending || host.ends_with(&format!(".{ending}"));
        if (INSIDE.iter().any(is_inside) || !host.contains('.')) && !reach.names(&host) {
            return Err(AddressError::Inside(host));
        }
        Ok(Self { text: text.to_owned(), host })
    }

    /// The host's name, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// Whether it is a host name or a bracketed network address.
fn check(host: &str) -> Result<(), ()> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = !host.is_empty() && host.chars().all(is_part) && !host.contains("..");
    if is_name || host.starts_with('[') { Ok(()) } else { Err(()) }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
