//! Who is told of runs, by e-mail: a real server of SMTP, where there is one.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use weir_cluster::prerequisites::{program, required};
use weir_outbound::Smtp;
use weir_runner::Options;

use crate::fixture::{open_with, over, request};
use crate::https::Authority;
use crate::told;

/// Debian's Python with its aiosmtpd; `None`: it cannot be had here, which was said.
fn python() -> Option<PathBuf> {
    match program("aiosmtpd", "python3-aiosmtpd") {
        Ok(_) => Some(PathBuf::from("/usr/bin/python3")),
        Err(error) if !required() => {
            let _unseen = writeln!(std::io::stderr(), "SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

struct Server(Child);

impl Server {
    /// Puts what it is sent into a maildir.
    fn start(python: &Path, maildir: &Path, port: u16) -> Self {
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
        command.arg(maildir);
        Self::once_it_listens(&mut command, port)
    }

    /// The same, for who has this password and speaks TLS.
    fn guarded(python: &Path, folder: &Path, port: u16) -> Self {
        fs::write(folder.join("server.py"), GUARDED).unwrap();
        let mut command = Command::new(python);
        command.arg("server.py").arg(port.to_string()).current_dir(folder);
        Self::once_it_listens(&mut command, port)
    }

    fn once_it_listens(command: &mut Command, port: u16) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (server, began) = (Self(child), Instant::now());
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "aiosmtpd does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

/// aiosmtpd, which takes mails only after STARTTLS and a password.
const GUARDED: &str = "
import ssl, sys, threading
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult

def known(server, session, envelope, mechanism, data):
    is_known = (data.login, data.password) == (b'weir', b's3cr3t-word')
    return AuthResult(success=is_known, handled=False)

tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain('server.pem', 'server.key')
rules = dict(tls_context=tls, require_starttls=True, auth_required=True, authenticator=known)
Controller(Mailbox('mail'), hostname='127.0.0.1', port=int(sys.argv[1]), **rules).start()
threading.Event().wait()
";

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
    let _server = Server::start(&python, &maildir, port);
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

/// Where a process of its own finds what it trusts, and the port.
const FOLDER: &str = "WEIR_TEST_MAIL_FOLDER";

#[tokio::test]
async fn a_password_is_told_by_tls_to_who_is_trusted() {
    let Some(python) = python() else { return };
    let [authority, stranger] = ["ours", "another"].map(Authority::new);
    for (trusted, password, count, why) in [
        (&authority, "s3cr3t-word", 2, ""),
        (&authority, "wr0ng-word", 0, "Authentication"),
        (&stranger, "s3cr3t-word", 0, "certificate"),
    ] {
        let (folder, port) = (TempDir::new().unwrap(), port());
        let path = |name: &str| folder.path().join(name);
        let (certificate, key) = authority.certificate("localhost");
        fs::write(path("server.pem"), certificate).unwrap();
        fs::write(path("server.key"), key).unwrap();
        fs::write(path("trusted.pem"), &trusted.pem).unwrap();
        fs::write(path("port"), port.to_string()).unwrap();
        fs::create_dir_all(path("state/secrets/mail")).unwrap();
        fs::write(path("state/secrets/mail/username"), "weir\n").unwrap();
        fs::write(path("state/secrets/mail/password"), password).unwrap();
        let _server = Server::guarded(&python, folder.path(), port);
        let mut test = tokio::process::Command::new(std::env::current_exe().unwrap());
        test.args(["--exact", "mail::by_itself", "--ignored", "--nocapture"]).kill_on_drop(true);
        test.env("SSL_CERT_FILE", path("trusted.pem")).env("SSL_CERT_DIR", path("none"));
        test.env(FOLDER, folder.path());
        let ran = tokio::time::timeout(Duration::from_mins(1), test.output()).await.unwrap().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        assert_eq!(mails(&path("mail")).len(), count, "{why}");
        let log = fs::read_to_string(path("told")).unwrap();
        assert!(log.contains(why) && !log.contains("-word"), "{why}: {log}");
        assert_eq!(log.contains("cannot be told for now"), count == 0, "{log}");
    }
}

#[tokio::test]
#[ignore = "the other one runs it, in a process of its own"]
async fn by_itself() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let port = fs::read_to_string(folder.join("port")).unwrap();
    let smtp = Smtp::open(&format!("smtp://localhost:{port}")).unwrap();
    let smtp = smtp.with_secret("mail").unwrap().with_from("weir@example.com").unwrap();
    let runner = open_with(folder.join("state"), |options: &mut Options| options.mail = Some(smtp)).await;
    let id = runner.start(request(SPEC, json!({"branch": "main"}))).await.unwrap();
    over(&runner, &id).await;
    runner.told().await;
    fs::write(folder.join("told"), told::all()).unwrap();
}
