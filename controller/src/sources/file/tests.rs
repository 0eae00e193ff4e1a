//! What a file of sources may say.

use super::parse;
use crate::sources::http::Retry;

/// The content of the files with secrets.
fn secret(name: &str) -> Result<String, String> {
    match name {
        "token" => Ok("t0ken\n".to_owned()),
        "basic" => Ok("ana:s3cret\n".to_owned()),
        "empty" => Ok("\n".to_owned()),
        _ => Err("no such file".to_owned()),
    }
}

fn wrong(text: &str) -> String {
    parse("sources.yaml", text, Retry::BRIEF, &secret).unwrap_err().to_string()
}

#[test]
fn sources_are_named_with_their_types() {
    let text = "sources:
- {name: eu, type: prometheus, url: 'http://eu:9090', tokenFile: token}
- {name: us, type: prometheus, url: 'https://us/prometheus', basicAuthFile: basic}
";
    let sources = parse("sources.yaml", text, Retry::BRIEF, &secret).unwrap();
    assert_eq!(sources.names().collect::<Vec<_>>(), [("eu", "prometheus"), ("us", "prometheus")]);
    assert_eq!(format!("{sources:?}"), r#"{"eu": "prometheus", "us": "prometheus"}"#);
}

#[test]
fn every_type_has_its_fields() {
    let text = "sources:
- {name: a, type: prometheus, url: 'http://a:9090'}
- {name: b, type: datadog, apiKeyFile: token, applicationKeyFile: token}
- {name: c, type: datadog, url: 'https://api.datadoghq.eu', apiKeyFile: token, applicationKeyFile: token}
- {name: d, type: graphite, url: 'http://d', basicAuthFile: basic}
- {name: e, type: influxdb, url: 'http://e:8086', database: metrics, retentionPolicy: week, tokenFile: token}
- {name: f, type: newrelic, accountId: 1, apiKeyFile: token, scopeKey: appName, locationKey: zone}
- {name: g, type: http, url: 'https://g/api', tokenFile: token, apiKeyFile: token, apiKeyHeader: X-Key}
";
    let sources = parse("sources.yaml", text, Retry::BRIEF, &secret).unwrap();
    let kinds: Vec<&str> = sources.names().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, ["prometheus", "datadog", "datadog", "graphite", "influxdb", "newrelic", "http"]);
    for (entry, expected) in [
        (
            "type: datadog, apiKeyFile: token",
            "sources[0].applicationKeyFile: missing: a source of type datadog needs it",
        ),
        ("type: newrelic, apiKeyFile: token", "sources[0].accountId: missing"),
        (
            "type: newrelic, accountId: many, apiKeyFile: token",
            "sources[0].accountId: \"many\" (a text), expected a whole number",
        ),
        (
            "type: graphite, url: 'http://a', database: b",
            "sources[0].database: a source of type graphite has no such field: it has url, tokenFile, basicAuthFile",
        ),
        (
            "type: influxdb, url: 'http://a', apiKeyFile: token",
            "sources[0].apiKeyFile: a source of type influxdb has no such field",
        ),
        (
            "type: http, url: 'http://a', apiKeyFile: token, apiKeyHeader: 'a b'",
            "sources[0].apiKeyHeader: \"a b\" is no name of a header field",
        ),
    ] {
        let told = wrong(&format!("sources:\n- {{name: a, {entry}}}\n"));
        assert!(told.starts_with("sources.yaml:2: ") && told.contains(expected), "{entry}: {told}");
    }
}

#[test]
fn what_is_wrong_has_its_line_and_no_secret() {
    for (text, expected) in [
        ("sources: []\n", "sources.yaml:1: sources: it names none"),
        ("source: []\n", "sources.yaml:1: source: unknown field\n   did you mean sources?"),
        ("sources:\n- type: prometheus\n", "sources.yaml:2: sources[0]: name is missing"),
        ("sources:\n- {name: a, type: promethus}\n", "did you mean prometheus?"),
        (
            "sources:\n- {name: a, type: prometheus}\n",
            "sources.yaml:2: sources[0].url: missing: a source of type prometheus needs it",
        ),
        (
            "sources:\n- name: a\n  type: prometheus\n  url: ftp://a\n",
            "sources.yaml:4: sources[0].url: \"ftp://a\" is not the address of a Prometheus",
        ),
        (
            "sources:\n- {name: a, type: prometheus, url: 'http://ana:s3cret@a'}\n",
            "sources[0].url: the address has a name or a password in it",
        ),
        (
            "sources:\n- {name: a, type: prometheus, url: 'http://a', tokenFile: token, basicAuthFile: basic}\n",
            "only one of them can be sent",
        ),
        (
            "sources:\n- {name: a, type: prometheus, url: 'http://a', tokenFile: none}\n",
            "sources[0].tokenFile: none cannot be read: no such file",
        ),
        (
            "sources:\n- {name: a, type: prometheus, url: 'http://a', tokenFile: empty}\n",
            "sources[0].tokenFile: empty: it is empty",
        ),
        ("sources:\n- {name: a, type: prometheus, url: 'http://a', basicAuthFile: token}\n", "name:password"),
        (
            "sources:\n- {name: a, type: prometheus, url: 'http://a'}\n- {name: a, type: prometheus, url: 'http://b'}\n",
            "sources.yaml:3: sources[1].name: a is there twice",
        ),
    ] {
        let told = wrong(text);
        assert!(told.contains(expected), "{text}: {told}");
        assert!(!told.contains("s3cret") && !told.contains("t0ken"), "{told}");
    }
}
