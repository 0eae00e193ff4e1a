//! `weir status --watch` on a real terminal and where there is none.

use weir_api::status::Phase;
use weir_tests::sample;
use weir_tests::standalone::Standalone;
use weir_tests::terminal::{Shown, Terminal};

/// A release that waits at 5 %.
async fn paused() -> (Standalone, String) {
    let images = ["v1", "v2"].map(|tag| sample::local_image(&format!("shop:{tag}"), &[]));
    let services = sample::deployment("shop", 1, "shop:v1") + &images.concat();
    let canary = sample::canary("shop", &["setWeight: 5", "pause: {}"], Some("shop:v2"));
    let manifests = [("services.yaml", services), ("canary.yaml", canary)];
    let stack = Standalone::start(&manifests, &["--interval", "200ms"]).await.unwrap();
    stack.wait_for("test/shop", "paused", |view| view.phase == Phase::Paused).await;
    let controller = stack.controller.as_ref().unwrap().address("admin").unwrap().to_string();
    (stack, controller)
}

fn has(shown: &Shown, part: &str) -> bool {
    shown.lines.iter().any(|line| line.contains(part))
}

#[tokio::test]
async fn a_release_is_redrawn_in_place_and_the_terminal_is_as_it_was_afterwards() {
    let (stack, controller) = paused().await;
    let args = ["status", "--watch", "--controller", &controller];
    let mut terminal = Terminal::start("weir", &args, &[], (110, 30)).await.unwrap();
    // What is read may end in the middle of a picture: each look waits for all that it wants to see.
    let all = |shown: &Shown, parts: [&str; 2]| parts.iter().all(|part| has(shown, part));
    let there = format!("test/shop --controller {controller}");
    let offered = format!("weir promote {there}   goes on");
    let first = terminal.shows("the release", 0, |shown| all(shown, ["test/shop   Paused", &offered])).await;
    assert!(first.is_second && first.is_cursor_hidden && first.has_colour, "{first:#?}");
    stack.controller_admin().unwrap().post("/v1/canaries/test/shop/promote").await.unwrap();
    let offered = format!("weir undo {there}   goes back to shop:v1");
    let promoted = terminal.shows("the promotion", 0, |shown| all(shown, ["test/shop   Promoted", &offered]));
    let promoted = promoted.await;
    assert!(!has(&promoted, "Paused") && !promoted.flickers && !promoted.is_broken, "{promoted:#?}");

    // Narrow, and then too small for all of it.
    let before = terminal.written().len();
    terminal.resize(40, 30).unwrap();
    let narrow = terminal.shows("a narrow window", before, |shown| has(shown, "test/shop")).await;
    assert!(!narrow.is_broken, "{narrow:#?}");
    let before = terminal.written().len();
    terminal.resize(40, 4).unwrap();
    let small =
        terminal.shows("a small window", before, |shown| all(shown, ["test/shop", "more lines"])).await;
    assert!(!small.is_broken, "{small:#?}");

    terminal.types("\x03").unwrap();
    assert_eq!(terminal.ends().await.unwrap().code(), Some(0));
    let is_over =
        |shown: &Shown| !shown.is_second && !shown.is_cursor_hidden && has(shown, "to shop:v1, without");
    terminal.shows("the end", 0, is_over).await;
}

#[tokio::test]
async fn an_end_that_is_away_is_said_below_what_was_seen_last() {
    let (mut stack, controller) = paused().await;
    let args = ["status", "test/shop", "--watch", "--controller", &controller];
    let mut terminal = Terminal::start("weir", &args, &[("NO_COLOR", "1")], (100, 30)).await.unwrap();
    let plain = terminal.shows("the release", 0, |shown| has(shown, "test/shop   Paused")).await;
    assert!(!plain.has_colour, "{plain:#?}");
    stack.kill_controller().unwrap();
    let is_away = |shown: &Shown| has(shown, "as it was before: ") && has(shown, "test/shop   Paused");
    terminal.shows("its absence", 0, is_away).await;
    terminal.types("\x03").unwrap();
    assert_eq!(terminal.ends().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_terminal_that_only_prints_gets_a_line_for_each_change() {
    let (stack, controller) = paused().await;
    let args = ["status", "--watch", "--controller", &controller];
    let mut terminal = Terminal::start("weir", &args, &[("TERM", "dumb")], (100, 30)).await.unwrap();
    terminal.shows("a line", 0, |shown| has(shown, "test/shop  Paused  weight 5 %")).await;
    stack.controller_admin().unwrap().post("/v1/canaries/test/shop/abort").await.unwrap();
    terminal.shows("another line", 0, |shown| has(shown, "test/shop  Aborted  weight 0 %")).await;
    let written = terminal.written();
    assert!(!written.contains('\x1b'), "{written:?}");
    assert_eq!(written.matches("Paused").count(), 1, "{written}");
    terminal.types("\x03").unwrap();
    assert_eq!(terminal.ends().await.unwrap().code(), Some(0));
}
