//! `weir plan` on manifests, by its output and its exit code.

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use weir_tests::program::path_of;
use weir_tests::sample;

fn plan(manifest: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.yaml");
    std::fs::write(&path, manifest).unwrap();
    let mut command = Command::new(path_of("weir").unwrap());
    command.arg("plan").arg("-f").arg(path).args(more).stdin(Stdio::null()).output().unwrap()
}

fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn each_step_is_told_with_what_it_can_show() {
    let steps = ["setWeight: 5", "analysis: {maxDuration: 10m}", "setWeight: 50", "pause: {duration: 1m}"];
    let manifest = sample::deployment("shop", 1, "shop:v1") + &sample::canary("shop", &steps, None);
    let told = plan(&manifest, &["--rate", "200", "--errors", "0.5%", "-o", "json"]);
    assert_eq!(told.status.code(), Some(0), "{}", printed(&told));
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let step = |number: usize| &told[0]["steps"][number];
    assert_eq!(
        (&told[0]["canary"], &step(0)["weight"], &step(1)["weight"]),
        (&"test/shop".into(), &5.into(), &50.into())
    );
    assert_eq!((step(0)["seconds"].as_f64(), step(1)["seconds"].as_f64()), (Some(600.0), Some(60.0)));
    let rate = step(0)["canaryRequestsPerSecond"].as_f64().unwrap();
    assert!((rate - 10.0).abs() < 1e-9);
    // Of releases simulated at 10 + 10 + 80 requests a second half fail at 2 % of errors within 164 s, at 1 % within 1,167 s.
    let errors = step(0)["leastErrors"].as_f64().unwrap();
    assert!((0.01..0.02).contains(&errors), "{told}");
    let passes = step(0)["passesAfterSeconds"].as_f64().unwrap();
    assert!((60.0..600.0).contains(&passes), "{told}");

    let text = plan(&manifest, &["shop", "--rate", "0.2"]);
    let text = printed(&text);
    assert!(text.contains("test/shop at 0.2 requests/s, of which 0.1 % fail now"), "{text}");
    assert!(text.contains("at most 10:00") || text.contains("at most 10"), "{text}");
    assert!(text.contains("not within a day") || text.contains("too late"), "{text}");
}

#[test]
fn what_cannot_be_planned_is_said() {
    let manifest = sample::canary("shop", &["setWeight: 5", "pause: {}"], None);
    for (manifest, more, code, expected) in [
        (
            manifest.as_str(),
            ["cart", "--rate", "1"].as_slice(),
            64,
            "there is no Canary cart: there is test/shop",
        ),
        ("a: [", &["--rate", "1"], 64, "there is no Canary in there"),
        (manifest.as_str(), &["--rate", "0"], 2, "must be more than 0"),
    ] {
        let output = plan(manifest, more);
        assert_eq!(output.status.code(), Some(code), "{}", printed(&output));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
    }
}
