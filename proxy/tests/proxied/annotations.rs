//! Single annotations through the real proxy: what it serves of each, and what it says of the wrong ones.

use serde_json::Value;

use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

#[path = "../../routing/tests/golden/annotations.rs"]
mod golden;

#[tokio::test]
async fn every_annotation_does_what_its_cases_say() {
    let web = Upstream::echo("web").await;
    let cases = golden::cases();
    let objects = golden::objects(&cases, web.address.port());
    let text: Vec<String> = objects.iter().map(Value::to_string).collect();
    let proxy = Proxy::start(&text.join("\n---\n"), &[]).await;
    let problems: Vec<Value> = serde_json::from_slice(&proxy.admin("/debug/problems").await.body).unwrap();
    let line_of = |number: usize| {
        let name = format!("\"name\":\"c{number}\"");
        text.iter().position(|object| object.contains(&name)).map(|line| line * 2 + 1).unwrap()
    };
    let mut faults = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let query = format!("/debug/routes?host={}&path={}", case.host(), case.sample());
        let explained = proxy.admin(&query).await.text();
        // Without the line breaks and spaces that people get.
        let explained: String = explained.lines().map(str::trim).collect();
        let explained = explained.replace("\": ", "\":");
        let said: Vec<String> = problems
            .iter()
            .filter(|problem| problem["line"] == line_of(number))
            .map(|problem| format!("{}: {}; {}", problem["field"], problem["message"], problem["help"]))
            .collect();
        faults.extend(case.faults(&explained, &said.join("\n")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
