//! Events for programs.

use serde_json::json;
use weir_notify::cloud_event;

use crate::fixture::{failed, released, waiting};

#[test]
fn a_run_is_an_event_of_its_pipeline() {
    let expected = json!({
        "specversion": "1.0",
        "id": "shop-7.0.failed.p0.slack",
        "source": "/pipelines/shop",
        "type": "dev.weir.run.failed.v1",
        "subject": "shop-7",
        "time": "2026-11-27T19:30:05Z",
        "datacontenttype": "application/json",
        "data": {
            "pipeline": "shop", "run": "shop-7", "what": "failed", "headline": "shop-7 failed after 2m 5s",
            "reason": "Test: exit code 1", "failed": [{"name": "Test", "reason": "exit code 1"}],
            "began": "2026-11-27T19:28:00Z", "seconds": 125.0, "by": "ann", "repository": "acme/shop", "branch": "main",
            "commit": "0123456789abcdef0123456789abcdef01234567", "link": "https://ci.test/shop-7?a=1&b=2", "message": "please look",
        },
    });
    assert_eq!(cloud_event::message(&failed()), expected);
}

#[test]
fn a_stage_and_a_release_are_events_of_their_own() {
    let stage = cloud_event::message(&waiting());
    assert_eq!(
        (&stage["type"], &stage["subject"]),
        (&json!("dev.weir.stage.waiting.v1"), &json!("shop-7/go"))
    );
    assert_eq!(stage["data"]["stage"], json!({"id": "go", "name": "Go?"}));
    assert!(stage["data"].get("seconds").is_none(), "it goes on");
    let release = cloud_event::message(&released());
    assert_eq!(release["type"], "dev.weir.release.succeeded.v1");
    assert_eq!(release["source"], "/namespaces/web/canaries/shop");
    assert_eq!(release["data"]["version"], "registry.test/shop:2");
}
