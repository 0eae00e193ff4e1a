//! Steps that do what nobody wants: each is contained, and named.

use std::time::Instant;

use super::fixture::{Shop, text};

#[test]
fn a_step_that_never_ends_ignores_every_wish_and_forks_is_gone_when_its_time_is_over() {
    let shop = Shop::new(
        "stages:
- name: Hang
  timeout: 1s
  step:
    run: |
      trap '' TERM
      (trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ > forked; while :; do sleep 1; done') &
      while :; do sleep 1; done
- {name: Clean up, always: true, step: {run: touch cleaned}}
",
    );
    let begun = Instant::now();
    let ran = shop.weir(&["run"]);
    let said = text(&ran);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("stage \"Hang\" failed: it took longer than its timeout, which is 1s"), "{said}");
    assert!(begun.elapsed().as_secs() < 60, "ten seconds of grace, and not more: {:?}", begun.elapsed());
    assert!(shop.path().join(".weir/pipelines/runs/shop-1/workspace/cleaned").exists());
    let forked = shop.read(".weir/pipelines/runs/shop-1/workspace/forked");
    assert!(!std::path::Path::new("/proc").join(forked.trim()).exists(), "{forked} is left");
}

#[test]
fn a_gigabyte_of_output_is_read_and_not_kept() {
    let shop = Shop::new("stages:\n- {name: Talk, step: {run: 'yes | head -c 1000000000; echo the end'}}\n");
    let ran = shop.start(&["run"]).wait().unwrap();
    assert_eq!(ran.code(), Some(0));
    let log = shop.path().join(".weir/pipelines/runs/shop-1/stages/talk.1/step/log");
    let bytes = log.metadata().unwrap().len();
    assert!((1 << 20..20 << 20).contains(&bytes), "{bytes}");
    let said = text(&shop.weir(&["logs", "shop-1", "talk"]));
    let last = said.lines().last().unwrap();
    assert!(last.contains("left out"), "{last}");
}

#[test]
fn a_secret_is_in_no_file_also_where_it_is_printed_in_pieces() {
    let shop = Shop::new(
        "stages:
- name: Leak
  step:
    run: |
      printf 'it is %s!\\n' \"$TOKEN\"
      printf '%s' \"$TOKEN\" | cut -c1-7 | tr -d '\\n'; sleep 0.2; printf '%s\\n' \"$TOKEN\" | cut -c8-
    secrets: {TOKEN: forge/token}
",
    );
    shop.write("secrets/forge/token", "correct-horse-battery\n");
    let ran = shop.weir(&["run", "--secrets", "secrets"]);
    let said = text(&ran);
    assert_eq!(ran.status.code(), Some(0), "{said}");
    assert!(said.contains("Leak | it is ***!") && !said.contains("horse"), "{said}");
    let kept = std::process::Command::new("grep")
        .args(["-rl", "horse-battery", ".weir"])
        .current_dir(shop.path())
        .output();
    assert_eq!(text(&kept.unwrap()), "");
    let none = shop.weir(&["run"]);
    assert!(
        text(&none).contains("there is no folder of secrets: give one with --secrets"),
        "{}",
        text(&none)
    );
}
