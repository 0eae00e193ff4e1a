//! The peers that there are.

use clap::ValueEnum;

/// A proxy, or what a proxy is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Peer {
    /// No proxy: straight to the backend.
    Direct,
    /// A raw TCP relay, the floor.
    Relay,
    /// nginx of the distribution.
    Nginx,
    /// `HAProxy` of the distribution.
    Haproxy,
    /// Envoy.
    Envoy,
    /// A proxy made with Pingora.
    Pingora,
    /// weir-proxy.
    Weir,
}

impl Peer {
    /// Every peer, in the order of the tables.
    pub(crate) const ALL: [Self; 7] =
        [Self::Direct, Self::Relay, Self::Nginx, Self::Haproxy, Self::Envoy, Self::Pingora, Self::Weir];

    /// Its name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Relay => "relay",
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Envoy => "envoy",
            Self::Pingora => "pingora",
            Self::Weir => "weir",
        }
    }
}
