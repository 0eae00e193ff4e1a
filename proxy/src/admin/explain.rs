//! `/debug/routes`: the decision for a request that is described in the query string.

use http::StatusCode;
use weir_routing::Table;
use weir_routing::explain::Request;

/// Status and JSON.
pub(super) fn explain(table: &Table, query: &str) -> (StatusCode, Vec<u8>) {
    match asked(query) {
        Ok(request) => (StatusCode::OK, super::json(&request.explain(table))),
        Err(why) => (StatusCode::BAD_REQUEST, super::json(&serde_json::json!({ "error": why }))),
    }
}

fn asked(query: &str) -> Result<Request, String> {
    let mut request = Request::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value)?;
        match name {
            "method" => request.method = value,
            "host" => request = request.to_host(&value)?,
            "path" => request = request.to_path(&value)?,
            "scheme" => request.is_https = value.eq_ignore_ascii_case("https"),
            "client" => {
                request.client = value.parse().map_err(|_| format!("client: {value:?} is not an address"))?;
            }
            "header" => request = request.with_header(&value)?,
            _ => return Err(format!("{name}: unknown; use host, path, scheme, method, header, client")),
        }
    }
    Ok(request)
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
