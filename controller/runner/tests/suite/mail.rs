//! Who is told of runs, by e-mail: a real server of SMTP, where there is one.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use weir_runner::{Options, Smtp};

use crate::fixture::{open_with, over, request};
use crate::told;

/// A Python that has aiosmtpd: Debian's, by `apt-get install python3-aiosmtpd`.
fn python() -> Option<PathBuf> {
    let own = std::env::var_os("WEIR_AIOSMTPD_PYTHON").map(PathBuf::from);
    let all = own.into_iter().chain(["/usr/bin/python3", "python3"].map(PathBuf::from));
    let has = |python: &PathBuf| {
        let asked = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = all.into_iter().find(has);
    if found.is_none() {
        assert!(std::env::var_os("WEIR_SMTP").is_none_or(|must| must != "required"), "aiosmtpd is not there");
        eprintln!("SKIPPED: no server of SMTP: apt-get install python3-aiosmtpd");
    }
    found
}

struct Server(Child);

impl Server {
    /// Puts what it is sent into a maildir.
    fn start(python: &Path, maildir: &Path, port: u16, more: &[&str]) -> Self {
        let at = format!("127.0.0.1:{port}");
        let mut command = Command::new(python);
        command.args([
            "-m",
            "aiosmtpd",
            "--nosetuid",
            "--listen",
            &at,
            "--class",
            "aiosmtpd.handlers.Mailbox",
        ]);
        let child =
            command.args(more).arg(maildir).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (server, began) = (Self(child), Instant::now());
        while TcpStream::connect(&at).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "aiosmtpd does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// All mails that have come.
fn mails(maildir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(maildir.join("new")) else { return Vec::new() };
    let mut all: Vec<String> =
        entries.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    all.sort();
    all
}

/// The mails once there are so many.
async fn once(maildir: &Path, count: usize) -> Vec<String> {
    let began = Instant::now();
    while mails(maildir).len() < count {
        assert!(began.elapsed() < Duration::from_secs(30), "there are {:?}", mails(maildir));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    mails(maildir)
}

const SPEC: &str = "notifications:
- {email: {to: ['Ann <ann@example.com>', bob@example.com], cc: [eve@example.com]}, message: 'grüße von ${ trigger.branch }'}
stages: [{name: A, variables: []}]
";

#[tokio::test]
async fn mails_are_sent_also_when_the_server_comes_late() {
    let Some(python) = python() else { return };
    told::forget();
    let (state, folder, port) = (TempDir::new().unwrap(), TempDir::new().unwrap(), port());
    let maildir = folder.path().join("mail");
    let smtp = Smtp::open(&format!("smtp://127.0.0.1:{port}?tls=none")).unwrap();
    let smtp = smtp.with_from("Weir <weir@example.com>").unwrap();
    let runner = open_with(state.path().to_owned(), |options: &mut Options| options.mail = Some(smtp)).await;
    let trigger = json!({"type": "git", "user": "ann", "branch": "main"});
    let id = runner.start(request(SPEC, trigger)).await.unwrap();
    over(&runner, &id).await;
    runner.told().await;
    assert_eq!((mails(&maildir).len(), told::times("cannot be told for now")), (0, 1));
    let _server = Server::start(&python, &maildir, port, &[]);
    let mails = once(&maildir, 2).await;
    for (mail, what) in mails.iter().zip(["has begun", "succeeded after 0s"]) {
        for line in [
            "From: Weir <weir@example.com>",
            "To: Ann <ann@example.com>, bob@example.com",
            "Cc: eve@example.com",
            &format!("Subject: shop-1 {what}"),
            "References: <shop-1@example.com>",
            "X-MailFrom: weir@example.com",
            "X-RcptTo: ann@example.com, bob@example.com, eve@example.com",
            "gr=C3=BC=C3=9Fe von main",
        ] {
            assert!(mail.lines().any(|one| one == line), "{line}\n{mail}");
        }
    }
    assert!(mails[0].contains("Message-ID: <shop-1.0.started.p0.email@example.com>"), "{}", mails[0]);
    runner.told().await;
    assert_eq!(told::times("is given up"), 0);
}

#[tokio::test]
async fn without_a_server_or_a_sender_nobody_is_written_to_and_the_log_says_why() {
    told::forget();
    let state = TempDir::new().unwrap();
    let runner = open_with(state.path().to_owned(), |_| {}).await;
    let id = runner.start(request(SPEC, json!({"branch": "main"}))).await.unwrap();
    over(&runner, &id).await;
    runner.told().await;
    runner.close().await;
    assert_eq!(told::times("start the runner with --smtp"), 2);
    let smtp = Smtp::open("smtp://127.0.0.1:9?tls=none").unwrap();
    let runner = open_with(state.path().to_owned(), |options: &mut Options| options.mail = Some(smtp)).await;
    let id = runner.start(request(SPEC, json!({"branch": "main"}))).await.unwrap();
    over(&runner, &id).await;
    runner.told().await;
    assert_eq!(told::times("nobody says whose e-mail it is"), 2);
}
