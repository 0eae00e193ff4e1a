//! The proxies of a cluster: the endpoints of their Service, ready or not, but no longer those that were told to end. Pure.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::fetch::Target;
use crate::scrape::Proxy;

/// Every proxy once, by name.
pub(super) fn proxies<'s>(slices: impl IntoIterator<Item = &'s EndpointSlice>, port: u16) -> Vec<Proxy> {
    let mut proxies = BTreeMap::new();
    for endpoint in slices.into_iter().flat_map(|slice| slice.endpoints.iter()) {
        let terminating = endpoint.conditions.as_ref().and_then(|conditions| conditions.terminating);
        let address = endpoint.addresses.first().and_then(|address| address.parse::<IpAddr>().ok());
        let Some(address) = address.filter(|_| terminating != Some(true)) else { continue };
        let admin = Target::from(SocketAddr::new(address, port));
        let name = endpoint.target_ref.as_ref().and_then(|pod| pod.name.clone());
        let name = name.unwrap_or_else(|| admin.to_string());
        // A pod of two address families is in two slices.
        proxies.entry(name.clone()).or_insert(Proxy { name, admin });
    }
    proxies.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::proxies;
    use k8s_openapi::api::discovery::v1::EndpointSlice;
    use serde_json::{Value, json};

    fn slice(family: &str, endpoints: &Value) -> EndpointSlice {
        let slice = json!({"addressType": family, "ports": [], "endpoints": endpoints});
        serde_json::from_value(slice).unwrap()
    }

    fn endpoint(name: &str, address: &str, conditions: &Value) -> Value {
        json!({"addresses": [address], "conditions": conditions, "targetRef": {"kind": "Pod", "name": name}})
    }

    #[test]
    fn every_proxy_is_asked_that_was_not_told_to_end() {
        let four = slice(
            "IPv4",
            &json!([
                endpoint("b", "10.0.0.2", &json!({"ready": false})),
                endpoint("a", "10.0.0.1", &json!({"ready": true})),
                endpoint("c", "10.0.0.3", &json!({"ready": false, "terminating": true})),
            ]),
        );
        let six = slice(
            "IPv6",
            &json!([
                endpoint("a", "fd00::1", &json!({"ready": true})),
                {"addresses": ["fd00::4"]},
            ]),
        );
        let found: Vec<String> = proxies([&four, &six], 9901)
            .iter()
            .map(|proxy| format!("{} {}", proxy.name, proxy.admin))
            .collect();
        let expected = [
            "a http://10.0.0.1:9901",
            "b http://10.0.0.2:9901",
            "http://[fd00::4]:9901 http://[fd00::4]:9901",
        ];
        assert_eq!(found, expected);
    }
}
