//! `/debug/routes`: the decision for a request that is described in the query string.

use std::net::{IpAddr, Ipv4Addr};

use http::StatusCode;
use weir_routing::explain::explain_over as routing;
use weir_routing::target::{self, Policy};
use weir_routing::{Head, Table};

/// What a query describes.
struct Asked {
    method: String,
    host: String,
    path: String,
    client: IpAddr,
    headers: Vec<(String, String)>,
    is_https: bool,
}

/// Status and JSON.
pub(super) fn explain(table: &Table, query: &str) -> (StatusCode, Vec<u8>) {
    match asked(query).and_then(|asked| described(table, &asked)) {
        Ok(json) => (StatusCode::OK, json),
        Err(why) => (StatusCode::BAD_REQUEST, super::json(&serde_json::json!({ "error": why }))),
    }
}

fn described(table: &Table, asked: &Asked) -> Result<Vec<u8>, String> {
    // No host asks for the routes of every host, which HTTP/1.0 clients get too.
    let host = match asked.host.as_str() {
        "" => "".into(),
        host => target::host(host.as_bytes()).map_err(|error| format!("host: {error}"))?,
    };
    let target = target::normalise(asked.path.as_bytes(), &Policy::default())
        .map_err(|error| format!("path: {error}"))?;
    let head = Head {
        method: &asked.method,
        host: &host,
        path: &target.path,
        query: target.query.as_deref(),
        headers: &asked.headers,
        client: asked.client,
    };
    Ok(super::json(&routing(table, &head, asked.is_https)))
}

fn asked(query: &str) -> Result<Asked, String> {
    let mut asked = Asked {
        method: "GET".to_owned(),
        host: String::new(),
        path: "/".to_owned(),
        client: IpAddr::V4(Ipv4Addr::LOCALHOST),
        headers: Vec::new(),
        is_https: false,
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value)?;
        match name {
            "method" => asked.method = value,
            "host" => asked.host = value,
            "path" => asked.path = value,
            "scheme" => asked.is_https = value.eq_ignore_ascii_case("https"),
            "client" => {
                asked.client = value.parse().map_err(|_| format!("client: {value:?} is not an address"))?;
            }
            "header" => {
                let (name, value) =
                    value.split_once(':').ok_or_else(|| format!("header: {value:?} is not Name:Value"))?;
                asked.headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
            _ => return Err(format!("{name}: unknown; use host, path, scheme, method, header, client")),
        }
    }
    Ok(asked)
}

/// A value of a query string: `+` is a space, `%41` is `A`.
fn decoded(value: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    rest.next().and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok())
                };
                match (digit(), digit()) {
                    (Some(high), Some(low)) => high * 16 + low,
                    _ => return Err(format!("{value:?}: a percent sign without two hexadecimal digits")),
                }
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| format!("{value:?} is not UTF-8"))
}
