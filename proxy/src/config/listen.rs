//! A listener: where, and who reads HTTP/1.1 there.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// Who reads HTTP/1.1. HTTP/2 is hyper's in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Codec {
    /// Weir's own codec: strict and fast.
    #[default]
    Weir,
    /// hyper, to compare with, or to fall back to.
    Hyper,
}

/// A listener, such as `0.0.0.0:8080`, or `0.0.0.0:8081/hyper` where hyper is to read HTTP/1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Address and port; port 0: any free one.
    pub address: SocketAddr,
    /// Who reads HTTP/1.1.
    pub codec: Codec,
}

/// A text that is no listener.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a listener: write 0.0.0.0:8080, [::]:8080 or 0.0.0.0:8080/hyper")]
pub struct InvalidListen(pub String);

impl FromStr for Listen {
    type Err = InvalidListen;

    fn from_str(text: &str) -> Result<Self, InvalidListen> {
        let invalid = || InvalidListen(text.to_owned());
        let (address, codec) = match text.split_once('/') {
            None => (text, Codec::Weir),
            Some((address, "weir")) => (address, Codec::Weir),
            Some((address, "hyper")) => (address, Codec::Hyper),
            Some(_) => return Err(invalid()),
        };
        Ok(Self { address: address.parse().map_err(|_| invalid())?, codec })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.codec {
            Codec::Weir => write!(f, "{}", self.address),
            Codec::Hyper => write!(f, "{}/hyper", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Listen;

    #[test]
    fn a_listener_is_an_address_and_perhaps_a_codec() {
        for text in ["127.0.0.1:8080", "[::1]:0", "127.0.0.1:0/hyper"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        for text in ["", "8080", "localhost:80", "127.0.0.1:80/nginx", "127.0.0.1/hyper"] {
            assert!(text.parse::<Listen>().unwrap_err().to_string().contains("0.0.0.0:8080/hyper"), "{text}");
        }
    }
}
