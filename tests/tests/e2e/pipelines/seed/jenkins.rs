//! A Jenkins job that has built and archived property files, as its API documents it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// Where the job is.
const PATH: &str = "/job/tools-featureflag-api/job/master";

/// A server of the test's own, which lives as long as the test.
pub(super) struct Jenkins {
    pub(super) address: SocketAddr,
    files: Arc<Mutex<Vec<String>>>,
    looks: Arc<AtomicUsize>,
}

impl Jenkins {
    /// With a job that has built nothing yet.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (files, looks) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (told, seen) = (Arc::clone(&files), Arc::clone(&looks));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (told, seen) = (Arc::clone(&told), Arc::clone(&seen));
                std::thread::spawn(move || answer(&stream, &told, &seen));
            }
        });
        Self { address, files, looks }
    }

    /// Builds have succeeded, each with this `deploy.yaml`.
    pub(super) fn built(&self, files: &[String]) {
        self.files.lock().unwrap().extend_from_slice(files);
    }

    /// How often the job was asked for.
    pub(super) fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }
}

fn answer(stream: &TcpStream, files: &Mutex<Vec<String>>, looks: &AtomicUsize) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    while let Some(first) = lines.next() {
        let _fields = lines.by_ref().take_while(|line| !line.is_empty()).count();
        let path = first.split(' ').nth(1).unwrap_or_default().strip_prefix(PATH).unwrap_or_default();
        let files = files.lock().unwrap().clone();
        let body = if path.starts_with("/api/json") {
            looks.fetch_add(1, Ordering::SeqCst);
            Some(job(files.len()).to_string())
        } else {
            let number = path
                .strip_suffix("/artifact/deploy.yaml")
                .and_then(|path| path.trim_matches('/').parse::<usize>().ok());
            number.and_then(|number| files.get(number - 1).cloned())
        };
        let (status, body) = body.map_or(("404 Not Found", String::new()), |body| ("200 OK", body));
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
        let mut stream = stream;
        if stream.write_all([head, body].concat().as_bytes()).is_err() {
            return;
        }
    }
}

fn job(builds: usize) -> Value {
    let build = |number: usize| {
        json!({
            "number": number, "result": "SUCCESS", "building": false, "url": "https://ci.example/", "fullDisplayName": format!("master #{number}"),
            "artifacts": [{"fileName": "deploy.yaml", "relativePath": "deploy.yaml"}],
        })
    };
    json!({"nextBuildNumber": builds + 1, "builds": (1..=builds).rev().map(build).collect::<Vec<_>>()})
}
