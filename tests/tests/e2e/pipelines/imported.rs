//! Pipelines of Spinnaker by the command line; and somebody who is told of a run.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc;

use serde_json::Value;

use super::fixture::{Shop, text};

#[test]
fn a_pipeline_of_spinnaker_becomes_a_file_with_nothing_to_mend_and_what_is_left_is_listed() {
    let shop = Shop::new("stages: [{name: A, wait: 1s}]");
    let json = Path::new(env!("CARGO_MANIFEST_DIR")).join("../controller/spinnaker/tests/data/seed.json");
    let imported = shop.weir(&["import", "spinnaker", json.to_str().unwrap(), "--out", "imported.yaml"]);
    let said = text(&imported);
    assert_eq!(imported.status.code(), Some(1), "{said}");
    for part in ["to do by hand: 3", "make a secret \"jenkins-aws\"", "one `release` stage with a Canary"] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let lint = shop.weir(&["lint", "imported.yaml"]);
    assert!(lint.status.success() && text(&lint).contains("nothing to mend"), "{}", text(&lint));
    // With the canary config there is less to do, and the document is whole.
    let config = r#"{"name": "response", "metrics": [{"name": "request_duration", "groups": ["response_time"], "query": {"type": "prometheus", "metricName": "m"}}], "classifier": {}}"#;
    shop.write("response.json", config);
    let import = [
        "import",
        "spinnaker",
        json.to_str().unwrap(),
        "--canary-config",
        "response.json",
        "--out",
        "imported.yaml",
    ];
    let said = text(&shop.weir(&import));
    assert!(said.contains("to do by hand: 2") && !said.contains("put the canary config"), "{said}");
    assert!(shop.read("imported.yaml").contains("metricName: m"), "{}", shop.read("imported.yaml"));
    assert!(text(&shop.weir(&["lint", "imported.yaml"])).contains("nothing to mend"));
    shop.write("broken.json", "{");
    let refused = shop.weir(&["import", "spinnaker", "broken.json"]);
    assert_eq!(refused.status.code(), Some(64));
    assert!(text(&refused).contains("broken.json: it is no JSON"), "{}", text(&refused));
}

#[test]
fn somebody_is_told_how_a_run_ended_before_the_command_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let shop = Shop::new(&format!(
        "notifications:\n- {{when: [failed], webhook: {{url: 'http://{address}/told'}}}}\nstages: [{{name: Test, step: {{run: exit 3}}}}]\n"
    ));
    let (tells, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        let mut length = 0;
        for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        tells.send(serde_json::from_slice::<Value>(&body).unwrap()).unwrap();
        (&stream).write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
    });
    let ran = shop.weir(&["run"]);
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran));
    let event = told.try_recv().expect("whoever is told hears it before nobody is there to tell him");
    assert_eq!(event["specversion"], "1.0", "{event:#}");
    let whole = event.to_string();
    assert!(whole.contains("shop-1") && whole.contains("exit code 3"), "{event:#}");
}
