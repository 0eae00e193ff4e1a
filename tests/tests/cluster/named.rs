//! Secrets and `ConfigMaps` that annotations name: read when they are named, followed from then on, and no others'.

use serde_json::{Value, json};
use weir_tests::client::{Answer, Client};

use crate::case::Case;
use crate::installed::until;
use crate::load::Load;
use crate::proxies::Proxy;

/// `ana:open`.
const ANA: &str = "YW5hOm9wZW4=";

fn users(line: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "users"}, "stringData": {"auth": line}})
}

fn fields(value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fields"}, "data": {"X-From": value}})
}

/// The answer of one proxy to a user.
fn come(case: &Case, proxy: &Proxy, credentials: &str) -> Answer {
    let request = format!(
        "GET /staff HTTP/1.1\r\nhost: {}\r\nauthorization: Basic {credentials}\r\nconnection: close\r\n\r\n",
        case.host
    );
    let answer = case.installed.inside(|| async {
        let mut client = Client::connect(proxy.http()).await?;
        client.send(&request).await?;
        client.answer().await
    });
    answer.unwrap().expect("an answer")
}

/// Waits until every proxy answers a user with this status.
fn everywhere(case: &Case, credentials: &str, status: u16) {
    for proxy in case.proxies() {
        until(&format!("{} answers the user with {status}", proxy.name), || {
            match come(case, &proxy, credentials).status {
                seen if seen == status => Ok(()),
                seen => Err(seen.to_string()),
            }
        });
    }
}

#[test]
fn users_and_fields_follow_their_objects_and_no_other_request_fails() {
    let Some(case) = Case::begin("named") else { return };
    case.upstreams(&[("one", 1)]);
    case.apply(&[case.ingress("steady", "/steady", "one")]);
    case.everywhere("/steady", "one");
    let load = Load::start(&case, &["/steady"]);

    let mut staff = case.ingress("staff", "/staff", "one");
    for (name, value) in [("auth-type", "basic"), ("auth-secret", "users"), ("custom-headers", "fields")] {
        let key = format!("nginx.ingress.kubernetes.io/{name}");
        staff["metadata"]["annotations"][key] = Value::from(value);
    }
    case.apply(&[staff]);
    everywhere(&case, ANA, 503);
    case.apply(&[users("ana:{PLAIN}open"), fields("first")]);
    everywhere(&case, ANA, 200);
    everywhere(&case, "", 401);
    case.apply(&[users("bob:{PLAIN}open"), fields("second")]);
    everywhere(&case, ANA, 401);
    everywhere(&case, "Ym9iOm9wZW4=", 200);
    for proxy in case.proxies() {
        until(&format!("{} has the other field", proxy.name), || {
            match come(&case, &proxy, "Ym9iOm9wZW4=").header("x-from") {
                Some("second") => Ok(()),
                seen => Err(format!("{seen:?}")),
            }
        });
    }
    case.kubectl(&["delete", "secret", "users"]);
    everywhere(&case, ANA, 503);
    load.stop(&case, "the route beside it");
}
