//! Every verb of the command line on a release of this machine: what it says, its exit code, and what the proxy makes of it.

use serde_json::Value;
use weir_api::status::Phase;
use weir_tests::eventually::eventually;
use weir_tests::sample;
use weir_tests::standalone::Standalone;
use weir_tests::weir::{Said, weir};

/// A Weir of this machine with one Canary, `test/shop`, and the command line that is about it.
struct Shop {
    stack: Standalone,
    controller: String,
}

impl Shop {
    async fn start(steps: &[&str]) -> Self {
        let images = ["v1", "v2", "v3"].map(|tag| sample::local_image(&format!("shop:{tag}"), &[]));
        let services = sample::deployment("shop", 1, "shop:v1") + &images.concat();
        let manifests = [("services.yaml", services), ("canary.yaml", sample::canary("shop", steps, None))];
        let stack = Standalone::start(&manifests, &["--interval", "200ms"]).await.unwrap();
        let controller = stack.controller.as_ref().unwrap().address("admin").unwrap().to_string();
        Self { stack, controller }
    }

    fn release(&self, steps: &[&str], image: &str) {
        self.stack.apply("canary.yaml", &sample::canary("shop", steps, Some(image))).unwrap();
    }

    async fn run(&self, args: &[&str]) -> Said {
        let args: Vec<&str> = args.iter().copied().chain(["--controller", &self.controller]).collect();
        let said = weir(&args, &[]).await.unwrap();
        println!("   weir {}: {:?} {}{}", args[..args.len() - 2].join(" "), said.code, said.out, said.err);
        said
    }

    /// What must work, and says this.
    async fn does(&self, args: &[&str], part: &str) -> String {
        let Said { code, out, err } = self.run(args).await;
        assert_eq!(code, Some(0), "weir {args:?}: {out}{err}");
        assert!(out.contains(part), "{part:?} in the answer to weir {args:?}: {out}");
        out
    }

    /// What is refused: exit code 1 and the reason.
    async fn refuses(&self, args: &[&str], part: &str) {
        let Said { code, out, err } = self.run(args).await;
        assert_eq!(code, Some(1), "weir {args:?}: {out}{err}");
        assert!(err.contains(part), "{part:?} in the answer to weir {args:?}: {err}");
    }

    /// Waits until the proxy gives the canary this share, in percent.
    async fn serves(&self, percent: f64) {
        let look = || async {
            let explained = self.stack.explain("path=/shop/").await.map_err(|error| error.to_string())?;
            let chances = explained.pointer("/choice/chances").and_then(Value::as_array);
            let canary = chances.into_iter().flatten().find(|chance| chance["track"] == "canary");
            let share = canary.and_then(|chance| chance["share"].as_f64()).unwrap_or_default();
            if (share - percent).abs() < 1e-9 { Ok(()) } else { Err(explained.to_string()) }
        };
        eventually(&format!("the proxy gives the canary {percent} %"), look).await;
    }

    async fn until(&self, phase: Phase) {
        self.stack.wait_for("test/shop", phase.as_str(), |view| view.phase == phase).await;
    }
}

const STEPS: [&str; 5] = ["setWeight: 5", "pause: {}", "setWeight: 20", "pause: {}", "setWeight: 50"];

#[tokio::test]
async fn every_verb_does_at_the_proxy_what_it_says() {
    let shop = Shop::start(&STEPS).await;
    shop.does(&["history", "test/shop"], "no release has ended yet").await;
    shop.refuses(&["report", "test/shop"], "has had no release").await;
    for command in ["status", "history", "report", "abort"] {
        let unknown = shop.run(&[command, "test/shp"]).await;
        assert_eq!(unknown.code, Some(64), "{unknown:?}");
        assert!(unknown.err.contains("there is no Canary test/shp: there is test/shop\n"), "{unknown:?}");
    }
    shop.release(&STEPS, "shop:v2");
    shop.until(Phase::Paused).await;
    shop.serves(5.0).await;
    shop.refuses(&["pause", "test/shop"], "paused already: resume goes on").await;
    shop.does(&["set-weight", "-n", "test", "shop", "30"], "weight 30 % is being set").await;
    shop.serves(30.0).await;
    shop.until(Phase::Paused).await;
    let held = shop.does(&["status", "test/shop"], "weight 30 % was set by hand").await;
    let offered = format!("weir resume test/shop --controller {}   goes on with step 2", shop.controller);
    assert!(held.contains(&offered), "{held}");
    shop.does(&["resume", "test/shop"], "going on").await;
    shop.serves(20.0).await;
    shop.until(Phase::Paused).await;
    shop.refuses(&["retry", "test/shop"], "abort it before it is tried again").await;
    shop.does(&["abort", "test/shop"], "somebody asked for it").await;
    shop.serves(0.0).await;
    shop.until(Phase::Aborted).await;
    let aborted = shop.does(&["status", "test/shop"], "aborted: somebody asked for it").await;
    let offered = format!("weir retry test/shop --controller {}   releases shop:v2 again", shop.controller);
    assert!(aborted.contains(&offered), "{aborted}");
    shop.refuses(&["promote", "test/shop"], "nothing is being released").await;
    shop.refuses(&["set-weight", "test/shop", "5"], "test/shop: set-weight is refused").await;
    let unknown = shop.run(&["report", "test/shop", "v9"]).await;
    assert!(unknown.code == Some(64) && unknown.err.contains("remembers no release v9"), "{unknown:?}");
    shop.refuses(&["undo", "test/shop"], "production runs shop:v1 already").await;

    shop.does(&["retry", "test/shop"], "the release begins again").await;
    shop.serves(5.0).await;
    shop.until(Phase::Paused).await;
    shop.does(&["promote", "test/shop"], "going on").await;
    shop.serves(20.0).await;
    shop.until(Phase::Paused).await;
    shop.does(&["promote", "test/shop", "--full"], "going on: stable is being given shop:v2").await;
    shop.until(Phase::Promoted).await;
    shop.does(&["undo", "test/shop"], "production goes back to shop:v1, without analysis").await;
    shop.until(Phase::Aborted).await;
    shop.refuses(&["undo", "test/shop"], "was aborted: production runs shop:v1 already").await;
    told_afterwards(&shop).await;
}

/// What is remembered of a release that was aborted, one that was promoted in full, and its undoing.
async fn told_afterwards(shop: &Shop) {
    let text = shop.does(&["history", "test/shop"], "production runs shop:v1").await;
    assert!(text.contains("undone: production goes back to shop:v1"), "{text}");
    let history = shop.does(&["history", "test/shop", "-o", "json"], "").await;
    let history: Value = serde_json::from_str(&history).unwrap();
    let releases = history["releases"].as_array().unwrap();
    let outcomes: Vec<_> = releases.iter().map(|one| (&one["name"], &one["outcome"])).collect();
    let name = Value::from("v2");
    let [aborted, promoted] = [Value::from("aborted"), Value::from("promoted")];
    assert_eq!(outcomes, [(&name, &aborted), (&name, &promoted), (&name, &aborted)]);
    assert_eq!(releases[1]["unproven"], true);
    let yaml = shop.does(&["history", "test/shop", "-o", "yaml"], "canary: test/shop").await;
    assert!(yaml.contains("outcome: promoted"), "{yaml}");

    shop.does(&["list"], "test/shop").await;
    let listed: Value = serde_json::from_str(&shop.does(&["list", "-o", "json"], "").await).unwrap();
    assert_eq!(listed[0]["phase"], "Aborted");
    assert_eq!(listed[0]["outlook"]["offers"][0]["verb"], "retry");
    shop.does(&["list", "-o", "yaml"], "phase: Aborted").await;

    shop.release(&["setWeight: 5", "pause: {}"], "shop:v3");
    shop.until(Phase::Paused).await;
    shop.does(&["abort", "test/shop"], "given up").await;
    shop.until(Phase::Aborted).await;
    let last: Value =
        serde_json::from_str(&shop.does(&["report", "test/shop", "-o", "json"], "").await).unwrap();
    assert_eq!((&last["release"], &last["imageBefore"]), (&Value::from("v3"), &Value::from("shop:v1")));
    shop.does(&["report", "test/shop", "v2"], "release v2: shop:v1 -> shop:v2").await;
    shop.does(&["report", "test/shop", "v3", "-o", "yaml"], "release: v3").await;
    let unknown = shop.run(&["report", "test/shop", "v9"]).await;
    assert_eq!(unknown.code, Some(64));
    assert!(unknown.err.contains("remembers no release v9: `weir history test/shop`"), "{}", unknown.err);
}

#[tokio::test]
async fn a_pause_that_ends_by_itself_says_when_and_what_then() {
    let steps = ["setWeight: 5", "pause: {expiry: 1h, onExpiry: promote}"];
    let shop = Shop::start(&steps).await;
    shop.release(&steps, "shop:v2");
    shop.until(Phase::Paused).await;
    let text = shop.does(&["status", "test/shop"], "canary: 2 steps").await;
    assert!(text.contains("in 59:") || text.contains("in 1:00:00"), "{text}");
    assert!(text.contains("the release goes on where nobody has promoted by then"), "{text}");
    let offered = format!("weir promote test/shop --controller {}   goes on", shop.controller);
    assert!(text.contains(&offered), "{text}");
}
