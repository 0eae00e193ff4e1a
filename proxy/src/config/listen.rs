//! A listener: where, who reads HTTP/1.1 there, and whether clients are introduced.

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

/// A listener, such as `0.0.0.0:8080`, `0.0.0.0:8081/hyper` where hyper is to read HTTP/1.1, or `0.0.0.0:8082/proxy` where each connection begins with a
/// header of the PROXY protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Address and port; port 0: any free one.
    pub address: SocketAddr,
    /// Who reads HTTP/1.1.
    pub codec: Codec,
    /// Whether each connection begins with a header of the PROXY protocol, version 1 or 2.
    pub introduced: bool,
}

/// A text that is no listener.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a listener: write 0.0.0.0:8080, [::]:8080, 0.0.0.0:8080/hyper or 0.0.0.0:8080/proxy")]
pub struct InvalidListen(pub String);

impl FromStr for Listen {
    type Err = InvalidListen;

    fn from_str(text: &str) -> Result<Self, InvalidListen> {
        let invalid = || InvalidListen(text.to_owned());
        let mut words = text.split('/');
        let address = words.next().and_then(|address| address.parse().ok()).ok_or_else(invalid)?;
        let (mut codec, mut introduced) = (None, false);
        for word in words {
            let is_new = match word {
                "weir" => codec.replace(Codec::Weir).is_none(),
                "hyper" => codec.replace(Codec::Hyper).is_none(),
                "proxy" => !std::mem::replace(&mut introduced, true),
                _ => false,
            };
            if !is_new {
                return Err(invalid());
            }
        }
        Ok(Self { address, codec: codec.unwrap_or_default(), introduced })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codec = match self.codec {
            Codec::Weir => "",
            Codec::Hyper => "/hyper",
        };
        write!(f, "{}{codec}{}", self.address, if self.introduced { "/proxy" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::Listen;

    #[test]
    fn a_listener_is_an_address_and_perhaps_more() {
        for text in
            ["127.0.0.1:8080", "[::1]:0", "127.0.0.1:0/hyper", "[::1]:0/proxy", "127.0.0.1:0/hyper/proxy"]
        {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        assert_eq!("[::1]:1/proxy/hyper".parse::<Listen>().unwrap().to_string(), "[::1]:1/hyper/proxy");
        let twice = ["127.0.0.1:80/proxy/proxy", "127.0.0.1:80/hyper/weir", "127.0.0.1:80/"];
        for text in
            twice.into_iter().chain(["", "8080", "localhost:80", "127.0.0.1:80/nginx", "127.0.0.1/hyper"])
        {
            assert!(text.parse::<Listen>().unwrap_err().to_string().contains("0.0.0.0:8080/hyper"), "{text}");
        }
    }
}
