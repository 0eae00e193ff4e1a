//! What people hold and let go: judgments, and freezes, by the command line.

use std::process::Child;

use serde_json::{Value, json};

use super::fixture::{Shop, text, until};
use super::killed::kill;

const FREEZE: &str = "apiVersion: weir.dev/v1alpha1\nkind: Freeze\nmetadata: {name: year-end}\nspec: {reason: closing of the books, owner: finance}\n";

/// Somebody who serves the folder `pipelines`.
fn serve(shop: &Shop) -> Child {
    let runner = shop.start(&["serve", "--pipelines", "pipelines"]);
    until("it serves", || shop.path().join(".weir/pipelines/socket").exists().then_some(()));
    runner
}

/// A stage of a run, once it looks like this.
fn once(shop: &Shop, stage: usize, looks: impl Fn(&Value) -> bool) -> Value {
    let look = || Some(shop.get("shop-1")["stages"][stage].clone()).filter(|stage| looks(stage));
    until("the stage looks so", look)
}

/// What a command says that is refused, with its exit code.
fn refused(shop: &Shop, args: &[&str]) -> (Option<i32>, String) {
    let said = shop.weir(args);
    (said.status.code(), text(&said))
}

#[test]
fn somebody_is_asked_for_a_decision_and_who_took_it_is_kept() {
    let shop = Shop::new(
        "stages:
- {name: Look, needs: [], judgment: {owner: the shop's team, instructions: look twice, expires: 24h}}
- {name: Promote, needs: [], onFailure: haltBranch, judgment: {reason: a new till, inputs: [blue, green], roles: [release, sre]}}
- {name: After, needs: [Look], step: {run: 'true'}}
",
    );
    let runner = shop.start(&["run"]);
    let look = once(&shop, 0, |stage| stage["judgment"].is_object());
    once(&shop, 1, |stage| stage["judgment"].is_object());
    assert_eq!(
        (&look["judgment"]["owner"], &look["judgment"]["whenExpired"]),
        (&json!("the shop's team"), &json!("stop"))
    );
    let shown = text(&shop.weir(&["get", "shop-1"]));
    assert!(shown.contains("waits for the shop's team to decide since 20"), "{shown}");
    let listed = text(&shop.weir(&["list"]));
    assert!(listed.contains("Look: waits for the shop's team to decide"), "{listed}");
    let (code, said) = refused(&shop, &["approve", "shop-1"]);
    assert_eq!(code, Some(64), "{said}");
    for part in [
        "more than one stage of shop-1 waits for a decision",
        "promote waits for somebody",
        "as release or sre; one of blue, green",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let approved = shop.weir(&["approve", "shop-1", "look", "--reason", "it is fine", "--by", "cyd"]);
    assert!(approved.status.success(), "{}", text(&approved));
    let (code, said) = refused(&shop, &["approve", "shop-1", "--input", "green"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is for release, sre to judge, and ann is none of them"), "{said}");
    let (_, said) = refused(&shop, &["approve", "shop-1", "--role", "sre", "--input", "red"]);
    assert!(said.contains("give one of blue, green"), "{said}");
    let rejected = shop.weir(&["reject", "shop-1", "--role", "dev,sre", "--reason", "not on a Friday"]);
    assert!(rejected.status.success(), "{}", text(&rejected));
    let view = shop.over("shop-1");
    kill(runner);
    assert_eq!(Shop::stages(&view), "look Succeeded, promote Stopped, after Succeeded", "{view:#}");
    let decided = |stage: usize| &view["stages"][stage]["decisions"][0];
    assert_eq!((&decided(0)["by"], &decided(0)["reason"]), (&json!("cyd"), &json!("it is fine")));
    assert_eq!(
        (&decided(1)["by"], &decided(1)["role"], &decided(1)["goOn"]),
        (&json!("ann"), &json!("sre"), &json!(false))
    );
    let shown = text(&shop.weir(&["get", "shop-1"]));
    assert!(shown.contains("cyd decided to go on at 20"), "{shown}");
    let (code, said) = refused(&shop, &["reject", "shop-1"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no stage of shop-1 waits for a decision: the run is Stopped"), "{said}");
}

#[test]
fn a_freeze_holds_what_changes_what_runs_until_it_is_gone_or_somebody_has_a_reason() {
    let shop = Shop::new(
        "stages:\n- {name: Test, step: {run: echo test >> ../../../../../done}}\n- {name: Prod, job: {run: echo prod >> ../../../../../../../done}}\n- {name: More, job: {run: echo more >> ../../../../../../../done}}\n",
    );
    shop.write("pipelines/year-end.yaml", FREEZE);
    let lint = shop.weir(&["lint", "pipelines/year-end.yaml"]);
    assert!(
        lint.status.success() && text(&lint).contains("freeze year-end: nothing to mend"),
        "{}",
        text(&lint)
    );
    let runner = serve(&shop);
    let mut asked = shop.start(&["run"]);
    let is_held = |stage: &Value| stage["held"].is_array();
    assert_eq!(once(&shop, 1, is_held)["held"][0]["owner"], "finance");
    let says = "is held by freeze year-end of finance until it is removed: closing of the books";
    for shown in [text(&shop.weir(&["get", "shop-1"])), text(&shop.weir(&["list"]))] {
        assert!(shown.contains(says), "{shown}");
    }
    assert_eq!(shop.read("done"), "test\n");
    // The next one knows it before anything goes on, also where the file is wrong by then.
    kill(runner);
    shop.write("pipelines/year-end.yaml", &FREEZE.replace("owner", "ovner"));
    let runner = serve(&shop);
    until("somebody lets it through", || {
        shop.weir(&["thaw", "shop-1", "--reason", "orders are lost"]).status.success().then_some(())
    });
    let thawed = once(&shop, 1, |stage| stage["status"] == "Succeeded");
    assert_eq!(
        (&thawed["thaws"][0]["by"], &thawed["thaws"][0]["freezes"]),
        (&json!("ann"), &json!(["year-end"]))
    );
    once(&shop, 2, is_held);
    let (code, said) = refused(&shop, &["thaw", "shop-1", "test", "--reason", "orders"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is never held by a freeze"), "{said}");
    let lint = shop.weir(&["lint", "pipelines/year-end.yaml"]);
    assert!(text(&lint).contains("did you mean \"owner\""), "{}", text(&lint));
    std::fs::remove_file(shop.path().join("pipelines/year-end.yaml")).unwrap();
    let view = shop.over("shop-1");
    kill(runner);
    asked.kill().unwrap();
    asked.wait().unwrap();
    assert_eq!(view["status"], "Succeeded", "{view:#}");
    assert_eq!(shop.read("done"), "test\nprod\nmore\n");
}
