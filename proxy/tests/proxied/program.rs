//! The program itself: exit codes, announcement, signals.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use clap::Parser;
use rustix::process::{Pid, Signal, kill_process};
use weir_proxy::feed::DirectoryFeed;
use weir_proxy::{App, Args, Config};

use crate::support::client::get;
use crate::support::eventually;
use crate::support::manifest::simple;
use crate::support::upstream::Upstream;

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir-proxy"));
    command.args(args).arg("--exit-with-parent").stderr(Stdio::piped());
    command
}

fn output(args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = program(args).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// The announced addresses of one kind.
async fn announced(file: &Path, kind: &str) -> std::net::SocketAddr {
    eventually("the addresses are announced", || async {
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        let address = if json[kind].is_array() { &json[kind][0] } else { &json[kind] };
        address.as_str()?.parse().ok()
    })
    .await
}

#[tokio::test]
async fn it_serves_and_ends_on_a_signal() {
    let web = Upstream::echo("web").await;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("objects.yaml"), simple(&[web.address])).unwrap();
    let announce = directory.path().join("addresses");
    let args = [
        "--objects",
        directory.path().to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
        "--announce",
        announce.to_str().unwrap(),
    ];
    for signal in [Signal::TERM, Signal::INT] {
        let mut child: Child = program(&args).spawn().unwrap();
        let (http, admin) = (announced(&announce, "http").await, announced(&announce, "admin").await);
        eventually("ready", || async { (get(admin, "/readyz", &[]).await.status == 200).then_some(()) })
            .await;
        assert_eq!(get(http, "/", &[]).await.status, 200);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
        assert_eq!(status.code(), Some(0), "{signal:?}");
        std::fs::remove_file(&announce).unwrap();
    }
}

/// Whoever reads the addresses may ask for the end at once, and a signal that nobody listens for would cut the requests in flight.
#[test]
fn it_listens_for_signals_before_it_announces_its_addresses() {
    let directory = tempfile::tempdir().unwrap();
    let (objects, announce) = (directory.path().to_str().unwrap(), directory.path().join("addresses"));
    let anywhere = "127.0.0.1:0";
    let flags = ["weir-proxy", "--objects", objects, "--listen", anywhere, "--admin", anywhere, "--announce"];
    let args = Args::try_parse_from(flags.map(OsStr::new).into_iter().chain([announce.as_os_str()])).unwrap();
    let config = Config::try_from(args).unwrap();
    let feed = DirectoryFeed::open(&config.objects).unwrap();
    let mut announced_before = None;
    let listen = || {
        announced_before = Some(announce.exists());
        std::future::ready(())
    };
    App::build(config, feed).unwrap().run(listen).unwrap();
    assert_eq!((announced_before, announce.exists()), (Some(false), true));
}

#[test]
fn exit_codes_tell_usage_configuration_and_what_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let objects = directory.path().to_str().unwrap();
    let (code, text) = output(&["--objects", objects, "--no-such-flag"]);
    assert_eq!(code, Some(2), "{text}");
    let half = ["--objects", objects, "--listen-tls", "127.0.0.1:0", "--tls-cert", "tls.crt"];
    let (code, text) = output(&half);
    let expected = "--tls-cert FILE and --tls-key FILE need each other";
    assert!(code == Some(64) && text.contains(expected), "{text}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let (code, text) = output(&["--objects", objects, "--listen", "127.0.0.1:0", "--admin", &taken]);
    assert!(code == Some(69) && text.contains(&format!("cannot listen on {taken}")), "{text}");
}
