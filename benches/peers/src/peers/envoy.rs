//! Envoy.

use anyhow::Result;
use serde_json::{Value, json};

use crate::peers::{Place, cpus};
use crate::process::Program;
use crate::site::{Shape, Site};

/// Its configuration, and how it is started.
pub(super) fn program(place: &Place<'_>, site: Site) -> Result<Program> {
    place.write("rds.json", &discovered(&routes(Shape::Plain), 0))?;
    let file = place.write("envoy.json", &config(place, site).to_string())?;
    let args =
        ["-c".to_owned(), file.display().to_string(), "--concurrency".to_owned(), site.workers.to_string()];
    let rest = ["--disable-hot-restart", "-l", "error"].map(str::to_owned);
    Ok(Program::new(place.program, cpus(site)).args(args.into_iter().chain(rest)))
}

/// Replaces the file of discovered routes, with one route more than before.
pub(super) fn reload(place: &Place<'_>, time: u32) -> Result<()> {
    let mut routes = routes(Shape::Plain);
    if let Some(list) = routes.pointer_mut("/virtual_hosts/0/routes").and_then(Value::as_array_mut) {
        list.insert(0, route(&format!("/reload-{time}/")));
    }
    place.replace("rds.json", &discovered(&routes, time))
}

fn discovered(routes: &Value, version: u32) -> String {
    let mut resource = routes.clone();
    if let Some(fields) = resource.as_object_mut() {
        fields.insert(
            "@type".to_owned(),
            json!("type.googleapis.com/envoy.config.route.v3.RouteConfiguration"),
        );
    }
    json!({ "version_info": version.to_string(), "resources": [resource] }).to_string()
}

fn route(prefix: &str) -> Value {
    json!({ "match": { "prefix": prefix }, "route": { "cluster": "up", "timeout": "0s" } })
}

fn routes(shape: Shape) -> Value {
    let hosts: Vec<Value> = match shape {
        Shape::Plain | Shape::Grpc => vec![json!({ "name": "all", "domains": ["*"], "routes": [route("/")] })],
        Shape::Split => {
            let clusters = json!([{ "name": "up", "weight": 90 }, { "name": "canary", "weight": 10 }]);
            let split = json!({ "match": { "prefix": "/" }, "route": { "weighted_clusters": { "clusters": clusters }, "timeout": "0s" } });
            vec![json!({ "name": "all", "domains": ["*"], "routes": [split] })]
        }
        Shape::Hosts(count) => (0..count)
            .map(|host| json!({ "name": format!("h{host}"), "domains": [format!("h{host}.test")], "routes": [route("/")] }))
            .collect(),
        Shape::Paths(count) => {
            let routes: Vec<Value> = (0..count).map(|path| route(&format!("/p{path}/"))).collect();
            vec![json!({ "name": "all", "domains": ["*"], "routes": routes })]
        }
    };
    json!({ "name": "routes", "virtual_hosts": hosts })
}

fn config(place: &Place<'_>, site: Site) -> Value {
    let [stable, canary] = place.upstreams;
    let h2 = site.shape == Shape::Grpc;
    let mut chain = json!({ "filters": [{
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": manager(place, site),
    }] });
    if let (true, Some(fields)) = (site.tls, chain.as_object_mut()) {
        fields.insert("transport_socket".to_owned(), tls(place));
    }
    let clusters = [cluster("up", stable, h2), cluster("canary", canary, h2)];
    json!({
        "static_resources": {
            "listeners": [{ "name": "in", "address": address(place.listen), "filter_chains": [chain] }],
            "clusters": clusters,
        },
        "node": { "id": "bench", "cluster": "bench" },
    })
}

fn manager(place: &Place<'_>, site: Site) -> Value {
    let mut manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "codec_type": "AUTO",
        "use_remote_address": true,
        "generate_request_id": false,
        "http_filters": [{
            "name": "envoy.filters.http.router",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
                "dynamic_stats": false,
                "suppress_envoy_headers": true,
            },
        }],
    });
    if let Some(fields) = manager.as_object_mut() {
        if site.reloads {
            let file = place.folder.join("rds.json").display().to_string();
            let watched = place.folder.display().to_string();
            let source = json!({ "resource_api_version": "V3", "path_config_source": { "path": file, "watched_directory": { "path": watched } } });
            fields
                .insert("rds".to_owned(), json!({ "route_config_name": "routes", "config_source": source }));
        } else {
            fields.insert("route_config".to_owned(), routes(site.shape));
        }
    }
    manager
}

fn tls(place: &Place<'_>) -> Value {
    let certificate = &place.bench.certificate;
    json!({
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": {
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_params": { "tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3", "ecdh_curves": ["X25519"] },
                "tls_certificates": [{
                    "certificate_chain": { "filename": certificate.chain.display().to_string() },
                    "private_key": { "filename": certificate.key.display().to_string() },
                }],
            },
        },
    })
}

fn address(address: std::net::SocketAddr) -> Value {
    json!({ "socket_address": { "address": address.ip().to_string(), "port_value": address.port() } })
}

/// The limits of a cluster are far above what any measurement needs: a breaker that opens would count as an error.
fn cluster(name: &str, endpoint: std::net::SocketAddr, h2: bool) -> Value {
    const MOST: u32 = 1_000_000;
    let mut cluster = json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "circuit_breakers": { "thresholds": [{
            "max_connections": MOST, "max_pending_requests": MOST, "max_requests": MOST, "max_retries": MOST,
        }] },
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": address(endpoint) } }] }],
        },
    });
    if let (true, Some(fields)) = (h2, cluster.as_object_mut()) {
        let options = json!({
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": { "http2_protocol_options": {} },
        });
        fields.insert(
            "typed_extension_protocol_options".to_owned(),
            json!({ "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options }),
        );
    }
    cluster
}
