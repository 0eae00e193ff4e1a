//! In front of an ingress that is there already, as the first step of leaving it: stable is that ingress with the Host kept, and the canary's
//! requests go straight to its pods.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use weir_cluster::prerequisites;

use crate::case::Case;
use crate::installed::{WITHIN, until};
use crate::load::{answered_by, burst};
use crate::objects;
use crate::proxies::{ask, said};

/// Of which the canary gets one in twenty.
const REQUESTS: u64 = 4_000;

/// It stands for the ingress: it tells its name and the Host that it got. Nothing is written but below /tmp.
const CONFIGURATION: &str = "
daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server {
    listen 8080;
    location / { add_header x-version nginx; return 200 \"nginx $http_host\\n\"; }
  }
}
";

/// Its configuration, its pod, and the Service that it has before Weir comes.
fn nginx(image: &str) -> Vec<Value> {
    let container = json!({
        "name": "nginx",
        "image": image,
        "args": ["-e", "stderr", "-c", "/etc/nginx/nginx.conf"],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": objects::ready_at("/"),
        // Not root, so it looks for no user that its image does not have.
        "securityContext": {"runAsUser": 65532, "runAsNonRoot": true},
        "volumeMounts": [{"name": "configuration", "mountPath": "/etc/nginx"}],
    });
    let volumes = json!([{"name": "configuration", "configMap": {"name": "nginx"}}]);
    vec![
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "nginx"},
            "data": {"nginx.conf": CONFIGURATION},
        }),
        objects::deployment("nginx", 1, &container, &volumes),
        objects::service("nginx"),
    ]
}

/// The example, with the address of the other ingress and the host of this case.
fn front(case: &Case, address: &str) -> String {
    let example = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests/examples/front/front.yaml"));
    let text = fs::read_to_string(example).unwrap();
    let text = text.replace("192.0.2.80", address).replace("shop.example.com", &case.host);
    let file = case.installed.node.folder().join("front.yaml");
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn before_another_ingress_stable_keeps_the_host_and_the_canary_goes_to_the_pods() {
    let Some(case) = Case::begin("front") else { return };
    let nginx_program = prerequisites::program("nginx", "nginx-light").unwrap();
    let image = case.installed.node.load(&nginx_program).unwrap();
    case.apply(&nginx(&image));
    case.kubectl(&["rollout", "status", "deployment/nginx", WITHIN]);
    case.upstreams(&[("shop", 2)]);
    let address = case.kubectl(&["get", "service", "nginx", "-o", "jsonpath={.spec.clusterIP}"]);
    case.kubectl(&["apply", "--filename", &front(&case, &address)]);
    for proxy in case.proxies() {
        until("the front is served", || {
            let asked = || ask(proxy.http(), &case.host, "/anything");
            let seen = case.installed.inside(asked).map(|answer| answer.status);
            if matches!(seen, Ok(200)) { Ok(()) } else { Err(seen) }
        });
    }

    let forced = |value: &str| {
        let request = format!("GET /any HTTP/1.1\r\nhost: {}\r\nx-weir: {value}\r\n\r\n", case.host);
        case.installed.inside(|| async {
            let mut client = weir_tests::client::Client::connect(case.installed.service).await.unwrap();
            client.send(&request).await.unwrap();
            client.answer().await.unwrap().unwrap()
        })
    };
    let stable = forced("never");
    assert_eq!((said(&stable).as_str(), stable.body), ("nginx", format!("nginx {}\n", case.host)));
    assert_eq!(said(&forced("always")), "shop");

    let report = burst(&case, "/any", REQUESTS);
    let (nginx, shop) = (answered_by(&report, "nginx"), answered_by(&report, "shop"));
    case.say(&format!("of {REQUESTS} requests {shop} went to the pods, and {nginx} to the other ingress"));
    assert_eq!(nginx + shop, REQUESTS);
    let expected = REQUESTS / 20;
    assert!(shop.abs_diff(expected) <= crate::weights::slack(), "{shop} instead of {expected}");
}
