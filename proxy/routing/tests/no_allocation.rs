//! Between the head and the decision nothing is allocated. A binary of its own, because it counts what the allocator does.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;
use weir_routing::target::{self, Policy};
use weir_routing::{Head, Objects, Options, Turns, compile, decide};

#[cfg(test)]
fn objects(sticky: &str) -> Objects {
    let service = |name: &str, annotations: serde_json::Value| {
        serde_json::from_value(json!({
            "metadata": { "name": name, "namespace": "shop", "annotations": annotations },
            "spec": { "ports": [{ "port": 80 }] },
        }))
        .unwrap()
    };
    let slice = |name: &str| {
        serde_json::from_value(json!({
            "addressType": "IPv4",
            "metadata": { "name": name, "namespace": "shop", "labels": { "kubernetes.io/service-name": name } },
            "ports": [{ "port": 8080 }],
            "endpoints": [{ "addresses": ["10.0.0.1"] }, { "addresses": ["10.0.0.2"] }],
        }))
        .unwrap()
    };
    let annotations = json!({
        "weir.dev/canary-service": "canary", "weir.dev/canary-weight": "10",
        "weir.dev/baseline-service": "baseline", "weir.dev/baseline-weight": "10",
        "weir.dev/canary-header": "x-track", "weir.dev/canary-cookie": "track", "weir.dev/sticky": sticky,
    });
    let hosts = ["shop.example", "*.shop.example", ""].map(|host| {
        let paths = ["/", "/a", "/a/b", "/a/b/c"].map(|path| {
            json!({ "path": path, "pathType": "Prefix", "backend": { "service": { "name": "api", "port": { "number": 80 } } } })
        });
        json!({ "host": host, "http": { "paths": paths } })
    });
    let ingress = json!({ "metadata": { "name": "web", "namespace": "shop" }, "spec": { "rules": hosts } });
    Objects {
        ingresses: vec![serde_json::from_value(ingress).unwrap()],
        services: vec![
            service("api", annotations),
            service("canary", json!({})),
            service("baseline", json!({})),
        ],
        endpoint_slices: ["api", "canary", "baseline"].map(slice).into(),
        ..Objects::default()
    }
}

#[test]
fn normalising_finding_and_deciding_allocate_nothing() {
    for sticky in ["cookie", "header:x-user", "address"] {
        let (table, rejections) = compile(&objects(sticky), &Options::default(), None);
        assert_eq!(rejections, []);
        let headers = [
            vec![],
            vec![("x-track", "canary")],
            vec![("cookie", "a=b; track=baseline")],
            vec![("cookie", "a=b"), ("cookie", "weir-user=0123456789abcdef")],
            vec![("x-user", "alice")],
        ];
        let mut turns: Vec<Turns> = table.routes().iter().map(|route| Turns::of(1, route)).collect();
        let mut served = 0;
        let counted = allocation_counter::measure(|| {
            for _ in 0..100 {
                for headers in &headers {
                    for host in ["shop.example:8080", "a.shop.example", "other"] {
                        let host = target::host(host.as_bytes()).unwrap();
                        let target = target::normalise(b"/a/b/x?q=1", &Policy::default()).unwrap();
                        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
                        let head = Head {
                            method: "GET",
                            host: &host,
                            path: &target.path,
                            query: target.query.as_deref(),
                            headers,
                            client,
                        };
                        let route = table.find(&head).unwrap();
                        served += decide(route, &head, &mut turns[route.index]).backend.endpoints.len();
                    }
                }
            }
        });
        assert_eq!(served, 3000, "each of 1,500 requests has two endpoints");
        assert_eq!(
            (counted.count_total, counted.bytes_total),
            (0, 0),
            "sticky by {sticky}, a minted cookie included"
        );
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1)))).count_total, 1);
}
