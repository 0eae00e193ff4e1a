//! Arguments on the serving of feature flags.

use std::net::SocketAddr;
use std::path::PathBuf;

use http::HeaderValue;
use url::Url;

use crate::flags::Settings;

/// Where feature flags are served, and to whom.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct OfrepArgs {
    /// Where feature flags are served to programs, by the open protocol of remote evaluation (OFREP). Port 0 takes a free one. Default: nowhere.
    #[arg(long, value_name = "ADDR", env = "WEIR_OFREP")]
    pub ofrep: Option<SocketAddr>,
    /// Origin of pages whose scripts may ask for flags, such as `https://shop.example`; `*` for all. May be given several times.
    #[arg(long, value_name = "ORIGIN", env = "WEIR_OFREP_ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub ofrep_origin: Vec<HeaderValue>,
    /// File of tokens, one a line: whoever asks for flags has to send one of them as `Authorization: Bearer TOKEN`. Read again when it changes.
    #[arg(long, value_name = "FILE", env = "WEIR_OFREP_TOKENS")]
    pub ofrep_tokens: Option<PathBuf>,
}

impl OfrepArgs {
    /// What was asked for, if anything.
    #[must_use]
    pub fn settings(self) -> Option<Settings> {
        let Self { ofrep, ofrep_origin: origins, ofrep_tokens: tokens } = self;
        ofrep.map(|address| Settings { address, origins, tokens })
    }
}

/// As browsers send it: scheme, host and port, and nothing more.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let wrong = || format!("{text:?} is no origin: give https://HOST or https://HOST:PORT, or *");
    let is_origin =
        text == "*" || Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text);
    if is_origin { text.parse().map_err(|_invalid| wrong()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for right in ["*", "https://shop.example", "http://localhost:3000"] {
            assert_eq!(origin(right).unwrap(), right);
        }
        for wrong in
            ["", "shop.example", "https://shop.example/", "https://shop.example:443", "null", "https://a b"]
        {
            assert!(origin(wrong).unwrap_err().contains("is no origin"), "{wrong}");
        }
    }
}
