//! The command line from outside: what it prints, how it ends, what it says about mistakes.

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use weir_api::status::Phase;
use weir_tests::program::path_of;
use weir_tests::sample;
use weir_tests::standalone::Standalone;

/// Runs `weir` to its end, without blocking what else the test does.
async fn weir(args: &[&str]) -> Output {
    let mut command = Command::new(path_of("weir").unwrap());
    command.args(args).stdin(Stdio::null()).env("NO_COLOR", "1");
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn a_release_is_shown_promoted_and_aborted_by_command() {
    let services = sample::deployment("shop", 1, "shop:v1")
        + &sample::local_image("shop:v1", &[])
        + &sample::local_image("shop:v2", &[])
        + &sample::local_image("shop:v3", &[]);
    let canary = |image: &str| sample::canary("shop", &["setWeight: 5", "pause: {}"], Some(image));
    let manifests = [("services.yaml", services), ("canary.yaml", canary("shop:v2"))];
    let stack = Standalone::start(&manifests, &["--interval", "200ms"]).await.unwrap();
    let controller = stack.controller.as_ref().unwrap().address("admin").unwrap().to_string();
    let paused = |view: &weir_controller::view::ReleaseView| view.phase == Phase::Paused;
    stack.wait_for("test/shop", "paused", paused).await;

    let status = weir(&["status", "-o", "json", "--controller", &controller]).await;
    assert!(status.status.success(), "{}", said(&status));
    let views: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(views.pointer("/0/phase"), Some(&Value::from("Paused")), "{views}");
    assert_eq!(views.pointer("/0/release/image"), Some(&Value::from("shop:v2")));
    let text = weir(&["status", "test/shop", "--controller", &controller]).await;
    assert!(
        printed(&text).contains("test/shop") && printed(&text).contains("release v2"),
        "{}",
        printed(&text)
    );

    let promoted = weir(&["promote", "test/shop", "--controller", &controller]).await;
    assert!(promoted.status.success(), "{}", said(&promoted));
    stack.wait_for("test/shop", "promoted", |view| view.phase == Phase::Promoted).await;

    stack.apply("canary.yaml", &canary("shop:v3")).unwrap();
    stack.wait_for("test/shop", "paused again", paused).await;
    let aborted = weir(&["abort", "-n", "test", "shop", "--controller", &controller]).await;
    assert!(aborted.status.success(), "{}", said(&aborted));
    stack.wait_for("test/shop", "aborted", |view| view.phase == Phase::Aborted).await;

    let unknown = weir(&["abort", "test/shopp", "--controller", &controller]).await;
    assert!(!unknown.status.success() && said(&unknown).contains("test/shopp"), "{}", said(&unknown));
    println!(
        "command line: promote says {:?}; abort says {:?}; unknown says {:?}",
        first_line(&promoted),
        first_line(&aborted),
        said(&unknown)
    );
}

fn first_line(output: &Output) -> String {
    printed(output).lines().next().unwrap_or_default().chars().take(160).collect()
}

#[tokio::test]
async fn a_mistake_is_named_and_has_its_exit_code() {
    let completions = weir(&["completions", "bash"]).await;
    assert!(completions.status.success() && printed(&completions).contains("_weir()"));
    // A shell reads it without a word.
    let bash = Command::new("bash").args(["-n", "-c", &printed(&completions)]).output().unwrap();
    assert!(bash.status.success() && bash.stderr.is_empty(), "{}", said(&bash));

    for args in
        [&["demo", "--no-such-flag"][..], &["status", "-o", "xml"], &["promote"], &["no-such-command"]]
    {
        let output = weir(args).await;
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
        assert!(
            said(&output).contains("Usage") || said(&output).contains("--help"),
            "{args:?}: {}",
            said(&output)
        );
    }

    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no-such-folder").display().to_string();
    let state = folder.path().join("state").display().to_string();
    let output = weir(&["run", &missing, "--state", &state]).await;
    println!("   wrong folder: {} {}", output.status, said(&output).trim());
    assert_eq!(output.status.code(), Some(64));
    assert!(
        said(&output).contains("no-such-folder") && said(&output).contains("not a directory"),
        "{}",
        said(&output)
    );

    let nobody = weir(&["status", "--controller", "127.0.0.1:1"]).await;
    println!("   nobody there: {} {}", nobody.status, said(&nobody).trim());
    assert_eq!(nobody.status.code(), Some(69));
    assert!(said(&nobody).contains("127.0.0.1:1") && said(&nobody).contains("weir run"), "{}", said(&nobody));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let manifests = folder.path().join("manifests");
    std::fs::create_dir_all(&manifests).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["--listen", "--admin", "--controller"] {
        let state = folder.path().join(format!("state{flag}")).display().to_string();
        let mut args = vec!["run".to_owned(), manifests.display().to_string(), "--state".to_owned(), state];
        for other in ["--listen", "--admin", "--controller"] {
            args.extend([
                other.to_owned(),
                if other == flag { address.clone() } else { "127.0.0.1:0".to_owned() },
            ]);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = weir(&args).await;
        println!("   {flag}: {} {}", output.status, said(&output).replace('\n', " "));
        assert_eq!(output.status.code(), Some(69));
        for part in [&address, "another program listens there", "--listen, --admin and --controller"] {
            assert!(said(&output).contains(part), "{part:?} in {}", said(&output));
        }
    }
    weir_tests::processes::gone(folder.path()).await;
}

/// Each program, with what it can be asked to do.
const PROGRAMS: [(&str, &[&str]); 4] = [
    (
        "weir",
        &[
            "demo",
            "run",
            "release",
            "status",
            "list",
            "history",
            "report",
            "promote",
            "abort",
            "set-weight",
            "explain",
            "install",
            "uninstall",
            "doctor",
            "completions",
        ],
    ),
    ("weir-proxy", &[]),
    ("weir-controller", &[]),
    ("weir-load", &["run", "serve"]),
];

fn help(program: &str, args: &[&str]) -> String {
    let mut command = Command::new(path_of(program).unwrap());
    printed(&command.args(args).arg("--help").env("COLUMNS", "110").output().unwrap())
}

#[test]
fn every_help_has_examples_that_can_be_copied_and_fits_its_window() {
    let with = PROGRAMS.iter().flat_map(|(program, commands)| {
        let whole = (*program != "weir-load").then(|| help(program, &[]));
        whole.into_iter().chain(commands.iter().map(|command| help(program, &[command])))
    });
    for text in with {
        let wide = text.lines().find(|line| line.chars().count() > 110);
        assert_eq!(wide, None, "{text}");
        let examples = text.split_once("Examples:\n").expect(&text).1;
        // What is broken off goes on at the first column.
        let broken =
            examples.lines().take_while(|line| !line.is_empty()).find(|line| !line.starts_with("  "));
        assert_eq!(broken, None, "an example is broken in two: {text}");
    }
}

#[test]
fn a_flag_stands_under_what_it_is_about() {
    for program in ["weir-proxy", "weir-controller"] {
        let text = help(program, &[]);
        let general = text.split("\nOptions:\n").nth(1).unwrap().split("\n\nKubernetes:\n").next().unwrap();
        for flag in ["--objects", "--admin", "--announce", "--exit-with-parent"] {
            assert!(general.contains(flag), "{flag} of {program}: {text}");
        }
        assert!(!general.contains("--kubernetes"), "{text}");
    }
    assert!(help("weir", &["install"]).contains("Weir's own namespace [default: weir-system]"));
}
