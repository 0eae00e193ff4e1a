//! A server that answers as it is told, and remembers what it was told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Something that it was told.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as JSON.
    pub body: Value,
    /// What it answered.
    pub status: u16,
}

impl Heard {
    /// The first field with this name, in lower case; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// The server; it ends when this is dropped.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Answers the n-th request (from 0) with this status; 0: never.
    pub fn start(at: SocketAddr, answer: impl Fn(usize) -> u16 + Send + Sync + 'static) -> Result<Self> {
        Self::on(std::net::TcpListener::bind(at)?, answer)
    }

    /// The same where somebody else has bound it, in another network.
    pub fn on(
        listener: std::net::TcpListener,
        answer: impl Fn(usize) -> u16 + Send + Sync + 'static,
    ) -> Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let (address, heard) = (listener.local_addr()?, Arc::<Mutex<Vec<Heard>>>::default());
        let (kept, answer) = (Arc::clone(&heard), Arc::new(answer));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                // Whoever goes away in the middle has told nothing.
                tokio::spawn(async move { listen(stream, &kept, &*answer).await.ok() });
            }
        });
        Ok(Self { address, heard, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that it was told so far.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.heard).clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    stream: TcpStream,
    heard: &Mutex<Vec<Heard>>,
    answer: &(dyn Fn(usize) -> u16 + Sync),
) -> Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            headers.extend(
                line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())),
            );
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(Ok(0), |(_, value)| value.parse())?];
        stream.read_exact(&mut body).await?;
        let body = serde_json::from_slice(&body)?;
        let status = {
            let mut heard = lock(heard);
            let status = answer(heard.len());
            heard.push(Heard { headers, body, status });
            status
        };
        if status == 0 {
            std::future::pending::<()>().await;
        }
        stream.write_all(format!("HTTP/1.1 {status} So\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
    }
}

fn lock(heard: &Mutex<Vec<Heard>>) -> MutexGuard<'_, Vec<Heard>> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
