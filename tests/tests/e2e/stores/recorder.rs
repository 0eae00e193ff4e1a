//! A store that answers as a recording says, and keeps what it was asked.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Status and body of the answer to a request, which is given as it came.
type Answers = dyn Fn(&str) -> (u16, String) + Send + Sync;

/// A running store; it ends when this is dropped.
pub(crate) struct Recorder {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Recorder {
    /// One that answers like that.
    pub(crate) async fn start(answers: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, record): (Arc<Answers>, _) = (Arc::new(answers), Arc::clone(&asked));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(exchange(stream, Arc::clone(&answers), Arc::clone(&record)));
            }
        });
        Self { address, asked, serving }
    }

    /// Where it is asked.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked, byte for byte but for its own address; in the order of the texts, since both sides ask at once.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked.iter().map(|request| request.replace(&self.address.to_string(), "STORE")).collect()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn exchange(mut stream: TcpStream, answers: Arc<Answers>, record: Arc<Mutex<Vec<String>>>) {
    let Ok(request) = request(&mut stream).await else { return };
    let (status, body) = answers(&request);
    record.lock().unwrap().push(request);
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    // Whoever asked may have gone.
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// A head and as much of a body as it says.
async fn request(stream: &mut TcpStream) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let length = |head: &str| {
            let field = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            field.and_then(|length| length.parse::<usize>().ok()).unwrap_or_default()
        };
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= length(head)
        {
            return Ok(text);
        }
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
}
