//! Those who hear of releases elsewhere: once and in order, by whichever controller, and no release waits for them.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use weir_api::status::Phase;
use weir_controller::view::ReleaseView;
use weir_tests::daemon::{Daemon, installed};
use weir_tests::eventually::eventually;
use weir_tests::heard::{Heard, Listener};
use weir_tests::ports::free_port;
use weir_tests::sample;
use weir_tests::standalone::Standalone;

const STEPS: [&str; 2] = ["setWeight: 10", "pause: {}"];
const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// The Canary of `shop`, with whom it tells.
fn canary(image: Option<&str>) -> String {
    let told = "  notifications:\n    - {to: team}\n    - {to: ledger, when: [succeeded, failed], message: of the shop}\n  strategy:";
    sample::canary("shop", &STEPS, image)
        .replace("      steps:", "      baseline: false\n      steps:")
        .replace("  strategy:", told)
}

/// A Weir of this machine, with the files of its notifiers.
struct Shop {
    weir: Standalone,
    files: TempDir,
}

impl Shop {
    async fn start(notifiers: &str, secrets: &[(&str, String)]) -> Self {
        let files = TempDir::new().unwrap();
        write(files.path(), "notifiers.yaml", notifiers);
        for (name, value) in secrets {
            write(files.path(), &format!("secrets/{name}"), value);
        }
        let path = |name: &str| files.path().join(name).display().to_string();
        let args =
            ["--interval", "200ms", "--notifiers", &path("notifiers.yaml"), "--secrets", &path("secrets")];
        let images = ["v1", "v2", "v3"].map(|tag| sample::local_image(&format!("shop:{tag}"), &[]));
        let services = sample::deployment("shop", 1, "shop:v1") + &images.concat();
        let manifests = [("services.yaml", services), ("canary.yaml", canary(None))];
        let weir = Standalone::start(&manifests, &args).await.unwrap();
        weir.serves("shop").await;
        Self { weir, files }
    }

    fn release(&self, image: &str) {
        self.weir.apply("canary.yaml", &canary(Some(image))).unwrap();
    }

    async fn until(&self, phase: Phase) -> ReleaseView {
        self.weir.wait_for("test/shop", phase.as_str(), |view| view.phase == phase).await
    }

    /// What is stored of messages that nobody has to send any more.
    fn notified(&self) -> Vec<Value> {
        let stored = std::fs::read(self.weir.state("objects/canary.test.shop.json")).unwrap();
        let stored: Value = serde_json::from_slice(&stored).unwrap();
        stored["status"]["notified"].as_array().cloned().unwrap_or_default()
    }

    async fn tell(&self, verb: &str) {
        self.weir.controller_admin().unwrap().post(&format!("/v1/canaries/test/shop/{verb}")).await.unwrap();
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// What was taken from whoever told, once there are so many.
async fn taken(listener: &Listener, count: usize) -> Vec<Heard> {
    eventually(&format!("{count} messages"), || async {
        let taken: Vec<Heard> = listener.heard().into_iter().filter(|one| one.status == 200).collect();
        if taken.len() >= count { Ok(taken) } else { Err(listener.heard()) }
    })
    .await
}

fn texts(heard: &[Heard]) -> Vec<&str> {
    heard.iter().map(|one| one.body["text"].as_str().unwrap().lines().next().unwrap()).collect()
}

#[tokio::test]
async fn each_is_told_once_and_in_order_although_he_is_away_and_the_controller_is_killed() {
    // Fails twice, then takes what it is told.
    let team = Listener::start(LOCAL, |n| if n < 2 { 503 } else { 200 }).unwrap();
    let away = SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
    let secrets = [
        ("slack/team", format!("http://{}/services/T0/B0/verysecret", team.address())),
        ("ledger/key", "whsec_a2V5IG9mIHRoZSBsZWRnZXI=".to_owned()),
    ];
    let notifiers = format!(
        "notifiers:\n  - {{name: team, slack: {{secret: slack/team}}}}\n  - {{name: ledger, webhook: {{url: 'http://{away}/hook', key: ledger/key}}}}\n"
    );
    let mut shop = Shop::start(&notifiers, &secrets).await;
    shop.release("shop:v2");
    shop.until(Phase::Paused).await;
    taken(&team, 2).await;
    shop.tell("promote").await;
    shop.until(Phase::Promoted).await;
    taken(&team, 3).await;
    // What is stored is not told again.
    eventually("it is marked", || async {
        let notified = shop.notified();
        let ended = |one: &Value| one["to"] == "team" && one["id"].as_str().unwrap().ends_with(".succeeded");
        if notified.iter().any(ended) { Ok(()) } else { Err(notified) }
    })
    .await;
    shop.weir.kill_controller().unwrap();
    // The one that comes back has only what is stored.
    let ledger = Listener::start(away, |_| 200).unwrap();
    shop.weir.start_controller().await.unwrap();
    let first = taken(&ledger, 1).await.remove(0);
    assert_eq!(first.body["type"], "dev.weir.release.succeeded.v1", "{first:?}");
    assert_eq!(first.header("webhook-id"), first.body["id"]);
    assert!(first.header("webhook-signature").starts_with("v1,"), "{first:?}");
    assert_eq!(
        [&first.body["data"]["name"], &first.body["data"]["version"], &first.body["data"]["message"]],
        [&json!("shop"), &json!("shop:v2"), &json!("of the shop")]
    );

    shop.release("shop:v3");
    shop.until(Phase::Paused).await;
    shop.tell("abort").await;
    let view = shop.until(Phase::Aborted).await;
    let second = taken(&ledger, 2).await.remove(1);
    assert_eq!(second.body["type"], "dev.weir.release.failed.v1", "{second:?}");
    assert_eq!(second.body["data"]["reason"], json!(view.release.unwrap().reason));
    let heard = taken(&team, 6).await;
    let lines = texts(&heard);
    let parts = [
        "▶ test/shop: release of shop:v2 has begun",
        "✋ test/shop: release of shop:v2 waits for an approval",
        "✅ test/shop: release of shop:v2 succeeded after ",
        "▶ test/shop: release of shop:v3 has begun",
        "✋ test/shop: release of shop:v3 waits for an approval",
        "❌ test/shop: release of shop:v3 failed after ",
    ];
    assert!(
        lines.len() == 6 && lines.iter().zip(parts).all(|(line, part)| line.starts_with(part)),
        "{lines:#?}"
    );
    // What is told is remembered where the release is.
    let notified = shop.notified();
    assert!(notified.iter().all(|one| one.get("givenUp").is_none()), "{notified:?}");
    let log = shop.weir.controller.as_ref().unwrap().log();
    assert!(!log.contains("verysecret"), "{log}");
}

#[tokio::test]
async fn no_release_waits_for_who_never_answers_and_what_is_wrong_is_said() {
    let silent = Listener::start(LOCAL, |_| 0).unwrap();
    let refuses = Listener::start(LOCAL, |_| 404).unwrap();
    let notifiers = |ledger: SocketAddr| {
        format!(
            "notifiers:\n  - {{name: team, slack: {{url: 'http://{}/'}}}}\n  - {{name: ledger, webhook: {{url: 'http://{ledger}/hook'}}}}\n",
            silent.address()
        )
    };
    let shop = Shop::start(&notifiers(refuses.address()), &[]).await;
    // A file that is wrong leaves the last good one in force, and its line is told.
    write(shop.files.path(), "notifiers.yaml", "notifiers: [{name: team, slak: {}}]");
    eventually("the problem is told", || async {
        let problems = shop.weir.controller_problems().await.unwrap();
        let told =
            problems.iter().any(|one| one.contains("notifiers.yaml:1: notifiers[0].slak: unknown field"));
        if told { Ok(()) } else { Err(problems) }
    })
    .await;
    shop.release("shop:v2");
    shop.until(Phase::Paused).await;
    shop.tell("promote").await;
    let view = shop.until(Phase::Promoted).await;
    assert!(view.history.is_empty() || view.release.is_some(), "{view:?}");
    eventually("who refuses is named", || async {
        let views = shop.weir.view("test/shop").await.unwrap();
        let said = views.events.iter().find(|event| event.kind == "NotificationFailed");
        said.map(|event| event.text.clone()).ok_or(views.events.clone())
    })
    .await;
    let events = shop.weir.view("test/shop").await.unwrap().events;
    let said: Vec<&str> =
        events.iter().filter(|one| one.kind == "NotificationFailed").map(|one| one.text.as_str()).collect();
    let named = format!("notifier ledger is not told: {}*** answered 404 Not Found", refuses.address());
    assert_eq!(said, [named.as_str()]);
    assert_eq!(refuses.heard().len(), 1, "who refuses is asked once");
    assert_eq!(silent.heard().len(), 1, "one at a time");
}

#[tokio::test]
async fn a_mail_is_sent_by_the_server_of_the_file() {
    let Some(program) = installed("aiosmtpd", "python3-aiosmtpd").unwrap() else { return };
    let at = SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
    let folder = TempDir::new().unwrap();
    let mails = folder.path().join("mail");
    let text = mails.display().to_string();
    let listen = at.to_string();
    let arguments =
        ["--nosetuid", "--listen", &listen, "--class", "aiosmtpd.handlers.Mailbox", text.as_str()];
    let listens = move |_: &str| std::net::TcpStream::connect(at).ok().map(|_| at);
    let _server = Daemon::start(program, arguments, TempDir::new().unwrap(), listens).await.unwrap();
    let notifiers = format!(
        "smtp: {{url: 'smtp://{at}?tls=none', from: Weir <weir@example.com>}}\nnotifiers:\n  - {{name: team, email: {{to: [ann@example.com]}}}}\n  - {{name: ledger, when: [failed], email: {{to: [bob@example.com]}}}}\n"
    );
    let shop = Shop::start(&notifiers, &[]).await;
    shop.release("shop:v2");
    shop.until(Phase::Paused).await;
    let found = eventually("two mails", || async {
        let entries = std::fs::read_dir(mails.join("new")).into_iter().flatten().flatten();
        let all: Vec<String> =
            entries.map(|entry| std::fs::read_to_string(entry.path()).unwrap_or_default()).collect();
        if all.len() >= 2 { Ok(all) } else { Err(all) }
    })
    .await;
    for (what, subject) in [("began", "has begun"), ("waits", "waits for an approval")] {
        let is_it =
            |mail: &&String| mail.contains(&format!("Subject: test/shop: release of shop:v2 {subject}"));
        let mail = found.iter().find(is_it).unwrap_or_else(|| panic!("{what}: {found:?}"));
        assert!(mail.contains("To: ann@example.com"), "{mail}");
        assert!(mail.contains("From: Weir <weir@example.com>"), "{mail}");
    }
}
