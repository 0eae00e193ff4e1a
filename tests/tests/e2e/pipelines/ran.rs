//! What `weir pipeline` says and does, run by run.

use super::fixture::{Shop, text};

const SPEC: &str = r#"
parameters:
- {name: environment, default: homolog, options: [homolog, production]}
stages:
- name: Build
  step:
    run: |
      echo "building for $ENVIRONMENT by $BY"
      echo "version=1.4" >> "$WEIR_OUTPUT"
    env: {ENVIRONMENT: "${ parameters.environment }", BY: "${ trigger.user }"}
- name: Check
  preconditions: [{expression: "parameters.environment == 'homolog'", message: production is closed}]
- {name: Tell, always: true, needs: [Build], step: {run: 'echo "told of $VERSION"', env: {VERSION: "${ version }"}}}
"#;

#[test]
fn a_run_is_told_as_it_happens_and_can_be_looked_at_afterwards() {
    let shop = Shop::new(SPEC);
    let ran = shop.weir(&["run"]);
    let said = text(&ran);
    assert_eq!(ran.status.code(), Some(0), "{said}");
    for line in [
        "run shop-1",
        "Build | building for homolog by ann",
        "Tell | told of 1.4",
        "run shop-1: Succeeded after",
    ] {
        assert!(said.contains(line), "{line:?} is missing: {said}");
    }
    let refused = shop.weir(&["run", "-p", "environment=production"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("shop-2: Terminal after"), "{}", text(&refused));
    assert!(text(&refused).contains("production is closed"), "{}", text(&refused));
    let listed = text(&shop.weir(&["list"]));
    let runs: Vec<&str> =
        listed.lines().skip(1).map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(runs, ["shop-2", "shop-1"], "{listed}");
    assert_eq!(Shop::stages(&shop.get("shop-2")), "build Succeeded, check Terminal, tell Succeeded");
    assert!(shop.get("shop-2")["stages"][0]["averageSeconds"].is_number(), "of shop-1");
    assert_eq!(text(&shop.weir(&["logs", "shop-2", "Build"])), "building for production by ann\n");
    let restarted = shop.weir(&["restart", "shop-2", "--from", "check"]);
    assert_eq!(restarted.status.code(), Some(1));
    let told = text(&restarted);
    assert!(told.contains("Check: begins (attempt 2)") && !told.contains("Build"), "{told}");
    assert_eq!(shop.get("shop-2")["stages"][1]["attempt"], 2);
}

#[test]
fn the_images_that_a_run_counts_on_are_shown_with_where_they_were_found() {
    let image = format!("registry.example.com/shop/api@sha256:{}", "7".repeat(64));
    let shop = Shop::new(&format!(
        "artifacts: [{{name: api, image: registry.example.com/shop/api, from: [trigger, {{default: '{image}'}}]}}]\n\
         stages:\n- {{name: Use, step: {{run: 'echo \"$IMAGE\"', env: {{IMAGE: '${{ artifacts.api.image }}'}}}}}}"
    ));
    let ran = shop.weir(&["run"]);
    assert!(text(&ran).contains(&format!("Use | {image}")), "{}", text(&ran));
    let shown = text(&shop.weir(&["get", "shop-1"]));
    assert!(shown.contains(&format!("\n  artifact api is {image}, from default\n")), "{shown}");
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_run() {
    let shop = Shop::new(SPEC);
    let slip = shop.weir(&["run", "-p", "enviroment=x"]);
    assert_eq!(slip.status.code(), Some(64));
    assert!(text(&slip).contains(r#"did you mean "environment"?"#), "{}", text(&slip));
    shop.write("bad.yaml", "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: a}\nspec:\n  stages:\n  - {name: A, needs: [B], step: {run: x}}\n  - {name: B, needs: [A], stepp: {run: x}}\n");
    let lint = shop.weir(&["lint", ".weir/pipeline.yaml", "bad.yaml"]);
    assert_eq!(lint.status.code(), Some(1));
    let said = text(&lint);
    assert!(said.contains(".weir/pipeline.yaml: pipeline shop: nothing to mend"), "{said}");
    assert!(
        said.contains("bad.yaml: line 7: spec.stages[1].stepp: ") && said.contains("A -> B -> A"),
        "{said}"
    );
    assert_eq!(shop.weir(&["run", "bad.yaml"]).status.code(), Some(64));
    assert!(text(&shop.weir(&["list"])).starts_with("there are no runs"));
    for command in [&["get", "shop-9"][..], &["logs", "shop-9"], &["cancel", "shop-9"], &["run", "none.yaml"]]
    {
        assert_eq!(shop.weir(command).status.code(), Some(64), "{command:?}");
    }
}

#[test]
fn a_template_that_comes_with_weir_is_shown_as_what_it_stands_for() {
    let shop = Shop::new(
        "template: {name: nodejs-api, values: {name: flags, registry: registry.example.com/team}}\n",
    );
    let rendered = text(&shop.weir(&["render"]));
    for part in ["Check quality: Quality Gate", "registry.example.com/team/flags", "run: npm run lint"] {
        assert!(rendered.contains(part), "{part:?} is missing: {rendered}");
    }
    shop.write("rendered.yaml", &rendered);
    assert_eq!(shop.weir(&["lint", "rendered.yaml"]).status.code(), Some(0));
}
