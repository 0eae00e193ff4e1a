//! Feature flags that follow a release, asked for by HTTP: shares, their users, who may ask, and what is left of it after restarts.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use weir_api::status::Phase;
use weir_tests::client::{Answer, Client};
use weir_tests::eventually::eventually;
use weir_tests::sample;
use weir_tests::serving::Serving;
use weir_tests::standalone::Standalone;

/// A flag has the weight of its canary within this time.
const FRESH: Duration = Duration::from_secs(1);
const USERS: usize = 300;
const ALL: &str = "/ofrep/v1/evaluate/flags";
const STEPS: [&str; 4] = ["setWeight: 10", "pause: {}", "setWeight: 50", "pause: {}"];

/// A flag for as many users as the canary of `shop` has requests, and one that is wrong.
fn flags() -> String {
    let of = |name: &str, variant: &str| {
        format!(
            "apiVersion: weir.dev/v1alpha1
kind: FeatureFlag
metadata: {{name: {name}, namespace: test}}
spec:
  variants: {{\"on\": true, \"off\": false}}
  defaultVariant: \"off\"
  rules:
    - follows: {{canary: shop, variant: {variant}}}
---
"
        )
    };
    of("new-basket", "\"on\"") + &of("broken", "one")
}

fn canary(image: Option<&str>) -> String {
    sample::canary("shop", &STEPS, image).replace("      steps:", "      baseline: false\n      steps:")
}

/// A Weir of this machine that serves flags.
struct Shop(Standalone);

impl Shop {
    async fn start(args: &[&str]) -> Self {
        let images = ["v1", "v2", "v3"].map(|tag| sample::local_image(&format!("shop:{tag}"), &[]));
        let services = sample::deployment("shop", 1, "shop:v1") + &images.concat();
        let manifests = [("services.yaml", services), ("canary.yaml", canary(None)), ("flags.yaml", flags())];
        let fixed = ["--interval", "200ms", "--ofrep", "127.0.0.1:0"];
        let args: Vec<&str> = fixed.iter().chain(args).copied().collect();
        Self(Standalone::start(&manifests, &args).await.unwrap())
    }

    async fn client(&self) -> Client {
        let address = self.0.controller.as_ref().unwrap().address("ofrep").unwrap();
        Client::connect(address).await.unwrap()
    }

    /// Whoever has it, of all users.
    async fn users(&self) -> BTreeSet<usize> {
        let asked: Vec<String> = (0..USERS)
            .map(|user| {
                post(
                    &format!("{ALL}/new-basket"),
                    "",
                    &json!({"context": {"targetingKey": format!("u{user}")}}),
                )
            })
            .collect();
        let answers = self.client().await.all(&asked).await.unwrap();
        let has = |answer: &Answer| body(answer)["value"] == json!(true);
        answers.iter().enumerate().filter(|(_, answer)| has(answer)).map(|(user, _)| user).collect()
    }

    /// Waits for whoever has it to be so many, at most as long as a flag may take to follow.
    async fn follows(&self, percent: usize) -> BTreeSet<usize> {
        let expected = USERS * percent / 100;
        // Five standard deviations of so many users.
        let spread = USERS * percent * (100 - percent) / 10_000;
        let began = Instant::now();
        let users = eventually(&format!("{percent} % of the users have it"), || async {
            let users = self.users().await;
            let near = users.len().abs_diff(expected).pow(2) <= 25 * spread;
            if near { Ok(users) } else { Err(users.len()) }
        })
        .await;
        assert!(began.elapsed() < FRESH, "{percent} % after {:?}", began.elapsed());
        users
    }

    async fn until(&self, phase: Phase) {
        self.0.wait_for("test/shop", phase.as_str(), |view| view.phase == phase).await;
    }

    async fn paused_at(&self, percent: u16) {
        let what = format!("paused at {percent} %");
        let weight = weir_api::Share::from_basis_points(percent * 100).unwrap();
        let is = |view: &weir_controller::view::ReleaseView| {
            view.phase == Phase::Paused && view.weights.canary == weight
        };
        self.0.wait_for("test/shop", &what, is).await;
    }

    async fn tell(&self, verb: &str) {
        self.0.controller_admin().unwrap().post(&format!("/v1/canaries/test/shop/{verb}")).await.unwrap();
    }

    /// All flags for one user, with an `If-None-Match` where one is given.
    async fn all(&self, known: Option<&str>) -> Answer {
        let known = known.map(|known| format!("if-none-match: {known}\r\n")).unwrap_or_default();
        let mut client = self.client().await;
        client.send(post(ALL, &known, &json!({"context": {"targetingKey": "u1"}}))).await.unwrap();
        client.answer().await.unwrap().unwrap()
    }
}

fn post(path: &str, headers: &str, body: &Value) -> String {
    raw(path, headers, &body.to_string())
}

fn raw(path: &str, headers: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: e2e.test\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

#[tokio::test]
async fn a_flag_has_its_canarys_weight_and_keeps_what_was_promoted_through_restarts_and_releases() {
    let mut shop = Shop::start(&[]).await;
    shop.0.serves("shop").await;
    shop.follows(0).await;
    let before = shop.all(None).await;
    let tag = before.header("etag").unwrap().to_owned();
    assert_eq!(shop.all(Some(&tag)).await.status, 304, "nothing is different");

    shop.0.apply("canary.yaml", &canary(Some("shop:v2"))).unwrap();
    shop.paused_at(10).await;
    let few = shop.follows(10).await;
    shop.tell("promote").await;
    let half = shop.follows(50).await;
    assert!(few.is_subset(&half), "who was in stays in");
    shop.paused_at(50).await;
    shop.tell("promote").await;
    shop.until(Phase::Promoted).await;
    shop.follows(100).await;
    let promoted = shop.all(Some(&tag)).await;
    assert_eq!((promoted.status, promoted.header("etag") == Some(tag.as_str())), (200, false));

    shop.0.kill_controller().unwrap();
    shop.0.start_controller().await.unwrap();
    shop.follows(100).await;
    shop.0.apply("canary.yaml", &canary(Some("shop:v3"))).unwrap();
    shop.paused_at(10).await;
    shop.follows(100).await;
    shop.tell("abort").await;
    shop.until(Phase::Aborted).await;
    shop.follows(100).await;
    let kept = std::fs::read(shop.0.state("flags/featureflag.test.new-basket.json")).unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(kept["message"], "everybody, since release v2 of Canary test/shop", "{kept}");
    assert_eq!(kept["follows"][0]["promoted"]["from"]["image"], "shop:v1", "{kept}");
}

#[tokio::test]
async fn an_abort_takes_a_flag_back_and_so_does_an_undo() {
    let shop = Shop::start(&[]).await;
    shop.0.serves("shop").await;
    shop.0.apply("canary.yaml", &canary(Some("shop:v2"))).unwrap();
    shop.paused_at(10).await;
    shop.follows(10).await;
    shop.tell("abort").await;
    shop.follows(0).await;
    shop.until(Phase::Aborted).await;
    shop.follows(0).await;

    shop.tell("retry").await;
    shop.paused_at(10).await;
    shop.follows(10).await;
    shop.tell("promoteFull").await;
    shop.until(Phase::Promoted).await;
    shop.follows(100).await;
    shop.tell("undo").await;
    shop.follows(0).await;
    shop.until(Phase::Aborted).await;
    shop.follows(0).await;
}

#[tokio::test]
async fn what_is_wrong_is_said_and_stops_nobody_else() {
    let tokens = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(tokens.path(), "# of the shop\nonly-for-shops\n").unwrap();
    let file = tokens.path().display().to_string();
    let shop = Shop::start(&["--ofrep-tokens", &file, "--ofrep-origin", "https://shop.example"]).await;
    let problems = shop.0.controller_problems().await.unwrap();
    let broken = r#"FeatureFlag test/broken: rules[0].follows.variant: there is no variant "one""#;
    assert!(problems.iter().any(|problem| problem.starts_with(broken)), "{problems:?}");

    let mut client = shop.client().await;
    let token = "authorization: Bearer only-for-shops\r\n";
    let context = json!({"context": {"targetingKey": "u1"}});
    let one = format!("{ALL}/new-basket");
    let large = json!({"context": {"targetingKey": "u".repeat(70_000)}}).to_string();
    let chunked = format!(
        "POST {one} HTTP/1.1\r\nhost: e2e.test\r\n{token}transfer-encoding: chunked\r\n\r\n5\r\n{{\"a\":\r\n2\r\n1}}\r\n0\r\n\r\n"
    );
    for (request, status, part) in [
        (post(&one, token, &context), 200, "\"value\":false"),
        (chunked, 400, "TARGETING_KEY_MISSING"),
        (post(&one, "", &context), 401, ""),
        (post(&one, "authorization: Bearer only-for-shop\r\n", &context), 401, ""),
        (raw(&one, token, "{"), 400, "PARSE_ERROR"),
        (raw(&one, token, "\u{0}\u{1}"), 400, "PARSE_ERROR"),
        (raw(&one, token, "{\"context\": 1}"), 400, "INVALID_CONTEXT"),
        (raw(&one, token, "{}"), 400, "TARGETING_KEY_MISSING"),
        (post(&format!("{ALL}/broken"), token, &context), 400, "there is no variant"),
        (post(&format!("{ALL}/nothing"), token, &context), 404, "FLAG_NOT_FOUND"),
        (post("/ofrep/v1/configuration", token, &context), 404, ""),
        (format!("GET {one} HTTP/1.1\r\nhost: e2e.test\r\n{token}\r\n"), 405, ""),
        (post(ALL, token, &context), 200, "PARSE_ERROR"),
    ] {
        client.send(&request).await.unwrap();
        let answer = client.answer().await.unwrap().unwrap();
        assert!(answer.status == status && answer.body.contains(part), "{request}: {answer:?}");
    }
    client.send(raw(&one, token, &large)).await.unwrap();
    let refused = client.answer().await.unwrap().unwrap();
    assert!(refused.status == 413 && refused.body.contains("more than 65536 bytes"), "{refused:?}");
    pages(&shop, &one, token).await;
}

/// What a browser asks before, and whose pages may.
async fn pages(shop: &Shop, path: &str, token: &str) {
    let mut client = shop.client().await;
    let before = |origin: &str| {
        format!(
            "OPTIONS {path} HTTP/1.1\r\nhost: e2e.test\r\norigin: {origin}\r\naccess-control-request-method: POST\r\naccess-control-request-headers: content-type,authorization\r\n\r\n"
        )
    };
    for (origin, allowed) in
        [("https://shop.example", Some("https://shop.example")), ("https://other.example", None)]
    {
        client.send(before(origin)).await.unwrap();
        let answer = client.answer().await.unwrap().unwrap();
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (200, allowed),
            "{answer:?}"
        );
        let headers = format!("{token}origin: {origin}\r\n");
        client.send(post(path, &headers, &json!({"context": {"targetingKey": "u1"}}))).await.unwrap();
        let answer = client.answer().await.unwrap().unwrap();
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (200, allowed),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn weir_run_serves_the_flags_of_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::create_dir(folder.path().join("manifests")).unwrap();
    std::fs::write(folder.path().join("manifests/flags.yaml"), flags()).unwrap();
    let free = "127.0.0.1:0";
    let arguments = ["run", &path("manifests"), "--state", &path("state"), "--json", "--ofrep", free];
    let addresses = ["--listen", free, "--admin", free, "--controller", free];
    let serving = Serving::start(arguments.iter().chain(&addresses)).await.unwrap();
    let mut client = Client::connect(serving.address("\"ofrep\":\"").unwrap()).await.unwrap();
    client
        .send(post(&format!("{ALL}/new-basket"), "", &json!({"context": {"targetingKey": "u1"}})))
        .await
        .unwrap();
    let answer = client.answer().await.unwrap().unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(body(&answer)["metadata"]["weir.note"], "there is no such Canary: 0 %");
}
