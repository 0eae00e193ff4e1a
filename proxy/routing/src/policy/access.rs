//! `denylist-source-range` and `allowlist-source-range`: which clients a route is for.

use std::net::IpAddr;

use serde::Serialize;

use crate::network::Network;

/// Which clients a route is for. As in ingress-nginx's locations the denied networks come first, and where any are allowed nobody else is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// Networks that get 403.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<Network>,
    /// Networks beside which everybody gets 403; none: nobody does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Network>,
}

impl Access {
    /// Whether a client's requests are answered 403.
    pub(crate) fn refuses(&self, client: IpAddr) -> bool {
        let among = |networks: &[Network]| networks.iter().any(|network| network.contains(client));
        among(&self.deny) || (!self.allow.is_empty() && !among(&self.allow))
    }

    /// Whether a client is let in by name: nobody is where no network is allowed.
    pub(crate) fn admits(&self, client: IpAddr) -> bool {
        !self.allow.is_empty() && !self.refuses(client)
    }
}

#[cfg(test)]
mod tests {
    use super::Access;

    #[test]
    fn the_denied_come_first_and_the_allowed_are_alone() {
        let networks = |text: &str| text.split_whitespace().map(|one| one.parse().unwrap()).collect();
        for (deny, allow, client, refused) in [
            ("", "", "192.0.2.1", false),
            ("", "10.0.0.0/8", "10.1.2.3", false),
            ("", "10.0.0.0/8", "192.0.2.1", true),
            ("10.1.0.0/16", "10.0.0.0/8", "10.1.2.3", true),
            ("10.1.0.0/16", "", "10.2.2.3", false),
            ("", "2001:db8::/32", "2001:db8::7", false),
            ("", "2001:db8::/32", "10.1.2.3", true),
            ("::/0", "", "10.1.2.3", true),
        ] {
            let access = Access { deny: networks(deny), allow: networks(allow) };
            assert_eq!(access.refuses(client.parse().unwrap()), refused, "{deny}, {allow}, {client}");
        }
    }
}
