//! Runs that are over, in an archive: a real server of S3, where there is one.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use weir_archive::Objects;
use weir_cluster::prerequisites::required;
use weir_cluster::tools::versitygw;
use weir_pipeline::Key;
use weir_runner::archive::Archive;

use crate::archive::{SECRET, STAGES, files, run, secret};
use crate::fixture::open_with;

/// `None`: it cannot be had here, which was said.
fn program() -> Option<PathBuf> {
    match versitygw() {
        Ok(program) => Some(program),
        Err(error) if !required() => {
            let _unseen = writeln!(std::io::stderr(), "SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(program: &PathBuf, folder: &TempDir, port: u16) -> Self {
        let at = format!("127.0.0.1:{port}");
        let mut command = Command::new(program);
        command
            .args(["--port", &at, "--access", "who", "--secret", "word-of-who", "posix"])
            .arg(folder.path());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (server, began) = (Self { child, port }, Instant::now());
        while TcpStream::connect(&at).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "versitygw does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn archive(port: u16) -> Archive {
    let variables = [
        ("AWS_ENDPOINT", format!("http://127.0.0.1:{port}")),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
        ("AWS_ACCESS_KEY_ID", "who".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "word-of-who".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    Archive::new(Objects::open_with("s3://builds/weir", &variables).unwrap())
}

#[tokio::test]
async fn runs_are_archived_in_s3_also_when_it_comes_late() {
    let Some(program) = program() else { return };
    let (state, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    secret(state.path());
    fs::create_dir(there.path().join("builds")).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let archive = archive(port);
    let runner = open_with(state.path().to_owned(), |o| o.archive = Some(archive.clone())).await;
    let id = run(&runner, STAGES).await;
    runner.archived().await;
    assert!(archive.view(&id).await.is_err(), "nobody is there");
    let server = Server::start(&program, &there, port);
    assert_eq!(server.port, port);
    let began = Instant::now();
    while archive.view(&id).await.unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_mins(1), "it was not caught up with");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (here, place) = (state.path().join("runs").join(&id), there.path().join("builds/weir/shop/1"));
    for (from, to) in [
        ("artifacts/dist/a b.bin", "artifacts/dist/a b.bin"),
        ("stages/build.1/step/log", "stages/build.1/log"),
        ("stages/build.1/reports/junit/out/junit.xml", "stages/build.1/reports/junit/out/junit.xml"),
    ] {
        assert!(fs::read(here.join(from)).unwrap() == fs::read(place.join(to)).unwrap(), "{from}");
    }
    for file in files(there.path()) {
        assert!(!String::from_utf8_lossy(&fs::read(&file).unwrap()).contains(SECRET), "{}", file.display());
    }
    let key = Key { run: id.clone(), stage: "build".to_owned(), attempt: 1 };
    assert_eq!(archive.log(&key, None, 9).await.unwrap(), runner.store().log(&key, None, 9).unwrap());
    assert!(archive.log(&key, None, 1 << 30).await.unwrap().is_empty());
    assert_eq!(archive.list(None, 5).await.unwrap()[0].id, id);
    assert!(archive.view("shop-2").await.unwrap().is_none());
}
