//! What a user gets wrong before anything runs: each mistake is named with its place and what to do, and has its exit code.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use weir_tests::processes;
use weir_tests::program::{path_of, signal};
use weir_tests::weir::weir;

/// A kubeconfig of one context, `dev`, whose API server is at `server`.
fn kubeconfig(folder: &Path, name: &str, server: &str) -> String {
    let text = format!(
        "apiVersion: v1
kind: Config
current-context: dev
contexts: [{{name: dev, context: {{cluster: c, user: u, namespace: shop}}}}]
clusters: [{{name: c, cluster: {{server: \"{server}\"}}}}]
users: [{{name: u, user: {{token: t}}}}]
"
    );
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A web server that is no API server.
fn web_page() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = connection.read(&mut request);
            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>");
        }
    });
    address
}

#[tokio::test]
async fn each_mistake_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name).display().to_string();
    let away = kubeconfig(folder.path(), "away.yaml", "http://127.0.0.1:1");
    std::fs::write(folder.path().join("broken.yaml"), "apiVersion: v1\nclusters: [\n").unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    std::fs::create_dir(folder.path().join("manifests")).unwrap();
    std::fs::create_dir(folder.path().join("theirs")).unwrap();
    std::fs::write(folder.path().join("theirs/thesis.txt"), "years of work").unwrap();
    let (broken, file, theirs, manifests) =
        (in_folder("broken.yaml"), in_folder("file/state"), in_folder("theirs"), in_folder("manifests"));
    let nowhere = in_folder("nowhere.yaml");
    let bare = kubeconfig(folder.path(), "bare.yaml", "127.0.0.1:1");
    let page = kubeconfig(folder.path(), "page.yaml", &format!("http://{}", web_page()));
    let cases: [(&[&str], i32, &[&str]); 19] = [
        (&["status", "--wacth"], 2, &["--wacth", "--watch"]),
        (&["stauts"], 2, &["stauts", "status"]),
        (&["set-weight", "shop", "5%%"], 2, &["5%%", "is not a share"]),
        (&["set-weight", "shop", "120"], 2, &["120"]),
        (&["release", "shop"], 2, &["--image"]),
        (&["status", "--controller", "localhost:9902"], 2, &["localhost:9902", "such as 127.0.0.1:9902"]),
        (&["release", "shop", "--image", "a:1"], 64, &["there is no cluster to talk to", "--kubeconfig"]),
        (&["list", "--kubeconfig", &nowhere], 64, &["nowhere.yaml"]),
        (&["list", "--kubeconfig", &broken], 64, &["broken.yaml", "line 2", "--kubeconfig"]),
        (&["list", "--kubeconfig", &bare], 64, &["its server is 127.0.0.1:1", "such as https://127.0.0.1:1"]),
        (&["list", "--kubeconfig", &page], 69, &["is no API server", "http://127.0.0.1:"]),
        (
            &["doctor", "--kubeconfig", &away],
            69,
            &["does not answer at http://127.0.0.1:1: Connection refused"],
        ),
        (&["list", "--kubeconfig", &away, "--context", "dve"], 64, &["no context dve", "did you mean dev?"]),
        (&["list", "--kubeconfig", &away], 69, &["context dev does not answer", "kubectl cluster-info"]),
        (&["status", "--state", &manifests], 64, &["state folder of a `weir run`"]),
        (
            &["status", "--controller", "127.0.0.1:1"],
            69,
            &["nobody answers at 127.0.0.1:1: Connection refused"],
        ),
        (&["run", &manifests, "--state", &file], 64, &["file/state", "--state"]),
        (&["demo", "--state", &theirs], 64, &["not made by weir", "--state"]),
        (&["history", "shop"], 69, &["weir run DIR", "--kubeconfig"]),
    ];
    for (args, code, parts) in cases {
        let said = weir(args, &[]).await.unwrap();
        println!("   weir {}: {:?} {}", args.join(" "), said.code, said.err.trim());
        assert_eq!(said.code, Some(code), "{args:?}: {}{}", said.out, said.err);
        for part in parts {
            assert!(said.err.contains(part), "{part:?} in the answer to {args:?}: {}", said.err);
        }
        for inside in ["panicked", "ServiceError", "client error", "os error"] {
            assert!(!said.err.contains(inside), "{inside:?} shows through: {}", said.err);
        }
    }
    assert!(folder.path().join("theirs/thesis.txt").exists());
}

#[tokio::test]
async fn explain_finds_a_cluster_as_all_commands_do() {
    let folder = tempfile::tempdir().unwrap();
    let away = kubeconfig(folder.path(), "away.yaml", "http://127.0.0.1:1");
    let cases: [(&[&str], i32, &str); 3] = [
        // Not after half a minute.
        (&[], 69, "cannot list ingresses"),
        (&["--kubeconfig", &away, "--context", "dve"], 64, "did you mean dev?"),
        (&["--kubeconfig", &away, "--context", "dev"], 69, "context dev does not answer"),
    ];
    for (args, code, part) in cases {
        let by_environment = [("KUBECONFIG", away.as_str())];
        let by_environment = if args.is_empty() { &by_environment[..] } else { &[] };
        let said = weir(&[&["explain", "--cluster"], args].concat(), by_environment).await.unwrap();
        assert!(said.code == Some(code) && said.err.contains(part), "{args:?}: {:?} {}", said.code, said.err);
    }
}

/// In a process group of its own, as a shell has it.
fn spawn(args: &[&str]) -> Child {
    let mut command = Command::new(path_of("weir").unwrap());
    command.args(args).process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("NO_COLOR", "1").env_remove("KUBECONFIG").spawn().unwrap()
}

/// Interrupts it, and how it ends.
async fn interrupted(child: Child) -> (Option<i32>, String, Duration) {
    let asked = Instant::now();
    signal(child.id(), Signal::INT).unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned(), asked.elapsed())
}

#[tokio::test]
async fn whatever_waits_for_an_api_server_that_says_nothing_can_be_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = kubeconfig(folder.path(), "config", &format!("http://{}", silent.local_addr().unwrap()));
    let cases: [(&[&str], i32, &str); 8] = [
        (&["install"], 130, "`weir install` again goes on"),
        (&["uninstall"], 130, "`weir uninstall` again goes on"),
        (&["doctor"], 130, "interrupted"),
        (&["list"], 130, "interrupted"),
        (&["abort", "shop"], 130, "`weir status` says what became of it"),
        (&["release", "shop", "--image", "a:1"], 130, "may have been named by now"),
        (&["release", "shop", "--image", "a:1", "--watch"], 130, "may have been named by now"),
        (&["status", "--watch"], 0, ""),
    ];
    for (args, code, part) in cases {
        let args: Vec<&str> = args.iter().copied().chain(["--kubeconfig", &config]).collect();
        let child = spawn(&args);
        // Its request is there, and never answered.
        let (connection, _) = silent.accept().unwrap();
        let (ended, text, took) = interrupted(child).await;
        drop(connection);
        assert_eq!(ended, Some(code), "{args:?}: {text}");
        assert!(text.contains(part), "{part:?} in the answer to {args:?}: {text}");
        assert!(took < Duration::from_secs(5), "{args:?}: {took:?}");
    }
}

#[tokio::test]
async fn what_starts_programs_can_be_interrupted_while_they_start() {
    for command in ["demo", "run"] {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let manifests = folder.path().join("manifests");
        std::fs::create_dir(&manifests).unwrap();
        let (state_arg, manifests_arg) = (state.display().to_string(), manifests.display().to_string());
        let mut args = vec![command, "--state", &state_arg];
        if command == "run" {
            args.push(&manifests_arg);
        }
        for flag in ["--listen", "--admin", "--controller"] {
            args.extend([flag, "127.0.0.1:0"]);
        }
        let child = spawn(&args);
        let began = || std::future::ready(if state.join("logs").is_dir() { Ok(()) } else { Err("not yet") });
        weir_tests::eventually::eventually("a program starts", began).await;
        let (ended, text, took) = interrupted(child).await;
        println!("   weir {command}: {ended:?} after {:.2} s {text}", took.as_secs_f64());
        assert!(matches!(ended, Some(0 | 130)), "{command}: {ended:?} {text}");
        assert!(took < Duration::from_secs(5), "{command}: {took:?}");
        processes::gone(folder.path()).await;
    }
}

type Said = Lines<BufReader<ChildStdout>>;

fn lines_of(child: &mut Child) -> Said {
    BufReader::new(child.stdout.take().unwrap()).lines()
}

/// The next line with this in it, and what comes after.
async fn until(mut lines: Said, part: &'static str) -> (String, Said) {
    let found = tokio::task::spawn_blocking(move || {
        let line = lines.by_ref().map(Result::unwrap).find(|line| line.contains(part));
        (line.expect("it runs on"), lines)
    });
    found.await.unwrap()
}

#[tokio::test]
async fn a_terminal_that_interrupts_all_programs_of_the_demo_shows_what_the_demo_says_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state").display().to_string();
    let mut args = vec!["demo", "--state", &state];
    for flag in ["--listen", "--admin", "--controller"] {
        args.extend([flag, "127.0.0.1:0"]);
    }
    let mut child = spawn(&args);
    let (_, lines) = until(lines_of(&mut child), "release 1 of 3").await;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw).unwrap();
    kill_process_group(group, Signal::INT).unwrap();
    let rest = tokio::task::spawn_blocking(move || lines.map(Result::unwrap).collect::<Vec<_>>());
    assert!(rest.await.unwrap().iter().any(|line| line.contains("interrupted; reports so far")));
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    processes::gone(folder.path()).await;
}

#[tokio::test]
async fn a_directory_without_manifests_and_a_typo_in_one_are_said_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let manifests = folder.path().join("manifests");
    std::fs::create_dir(&manifests).unwrap();
    let (state, directory) =
        (folder.path().join("state").display().to_string(), manifests.display().to_string());
    let mut args = vec!["run", &directory, "--state", &state];
    for flag in ["--listen", "--admin", "--controller"] {
        args.extend([flag, "127.0.0.1:0"]);
    }
    let mut child = spawn(&args);
    let (line, lines) = until(lines_of(&mut child), "holds no manifest yet").await;
    println!("   {line}");
    std::fs::write(manifests.join("shop.yaml"), "apiVersion: v1\nkind: Service\nmetadata: {name: shop\n")
        .unwrap();
    let (line, lines) = until(lines, "shop.yaml").await;
    println!("   {line}");
    assert!(line.contains("shop.yaml:"), "its line is named: {line}");
    std::fs::remove_file(manifests.join("shop.yaml")).unwrap();
    let (_, lines) = until(lines, "mended:").await;
    let (ended, _, _) = interrupted(child).await;
    assert_eq!(ended, Some(0));
    let more: Vec<_> = lines.map(Result::unwrap).filter(|line| line.contains("shop.yaml")).collect();
    assert!(more.is_empty(), "it is told once, and mended once: {more:?}");
    processes::gone(folder.path()).await;
}
