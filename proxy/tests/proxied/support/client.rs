//! A client that sends exactly the bytes it is told to, and reads answers with its own parser.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// One answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its declared end.
    pub(crate) complete: bool,
}

impl Reply {
    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// One connection.
pub(crate) struct Client<S = TcpStream> {
    pub(crate) stream: S,
    read: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self { stream, read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // The proxy may have closed already, which the answer will show.
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// One GET and its answer.
    pub(crate) async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(request("GET", path, headers, "")).await;
        self.reply().await.expect("an answer")
    }

    /// The next answer; `None` where the connection ends first.
    pub(crate) async fn reply(&mut self) -> Option<Reply> {
        self.reply_to("GET").await
    }

    /// The next answer to a request of this method; interim answers are skipped.
    pub(crate) async fn reply_to(&mut self, method: &str) -> Option<Reply> {
        tokio::time::timeout(PATIENCE, self.read_reply(method)).await.expect("an answer in time")
    }

    async fn read_reply(&mut self, method: &str) -> Option<Reply> {
        loop {
            let end = loop {
                if let Some(end) = find(&self.read, b"\r\n\r\n") {
                    break end;
                }
                if !self.more().await {
                    return None;
                }
            };
            let head = String::from_utf8(self.read.drain(..end + 4).take(end).collect()).unwrap();
            let mut lines = head.split("\r\n");
            let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
            let headers: Vec<_> = lines
                .map(|line| line.split_once(':').unwrap())
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect();
            if (100..200).contains(&status) && status != 101 {
                continue;
            }
            let mut reply = Reply { status, headers, ..Reply::default() };
            if status == 101 || status == 204 || status == 304 || method == "HEAD" {
                reply.complete = true;
            } else {
                self.read_body(&mut reply).await;
            }
            return Some(reply);
        }
    }

    async fn read_body(&mut self, reply: &mut Reply) {
        if reply.header("transfer-encoding") == Some("chunked") {
            reply.complete = self.read_chunks(reply).await;
        } else if let Some(length) = reply.header("content-length").map(|n| n.parse::<usize>().unwrap()) {
            while self.read.len() < length && self.more().await {}
            reply.complete = self.read.len() >= length;
            reply.body = self.read.drain(..length.min(self.read.len())).collect();
        } else {
            while self.more().await {}
            reply.body = std::mem::take(&mut self.read);
            reply.complete = true;
        }
    }

    async fn read_chunks(&mut self, reply: &mut Reply) -> bool {
        loop {
            let Some(line) = self.line().await else { return false };
            let size = usize::from_str_radix(line.split(';').next().unwrap().trim(), 16).unwrap();
            if size == 0 {
                // Trailers, until the empty line.
                while let Some(line) = self.line().await {
                    if line.is_empty() {
                        return true;
                    }
                    let (name, value) = line.split_once(':').unwrap();
                    reply
                        .headers
                        .push((format!("trailer:{}", name.to_ascii_lowercase()), value.trim().to_owned()));
                }
                return false;
            }
            while self.read.len() < size + 2 && self.more().await {}
            if self.read.len() < size + 2 {
                return false;
            }
            reply.body.extend(self.read.drain(..size + 2).take(size));
        }
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = find(&self.read, b"\r\n") {
                return Some(String::from_utf8(self.read.drain(..end + 2).take(end).collect()).unwrap());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// Reads more; `false` at the end of the stream.
    async fn more(&mut self) -> bool {
        let mut buffer = vec![0; 16 * 1024];
        match self.stream.read(&mut buffer).await {
            Ok(0) | Err(_) => false,
            Ok(n) => {
                self.read.extend_from_slice(&buffer[..n]);
                true
            }
        }
    }

    /// Raw bytes until at least `n` are there.
    pub(crate) async fn bytes(&mut self, n: usize) -> Vec<u8> {
        let read = async { while self.read.len() < n && self.more().await {} };
        tokio::time::timeout(PATIENCE, read).await.expect("bytes in time");
        self.read.drain(..n.min(self.read.len())).collect()
    }

    /// Whether the proxy ends the connection, with nothing more to say.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let end = async { while self.more().await {} };
        tokio::time::timeout(PATIENCE, end).await.is_ok() && self.read.is_empty()
    }

    /// Whether the connection still serves requests.
    pub(crate) async fn is_usable(&mut self) -> bool {
        self.send(request("GET", "/usable", &[], "")).await;
        self.reply().await.is_some()
    }
}

/// One GET on a connection of its own.
pub(crate) async fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Reply {
    Client::connect(address).await.get(path, headers).await
}

/// A request as text. `Host: test` unless the headers have one.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        text.push_str("Host: test\r\n");
    }
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if !body.is_empty() {
        let _ = write!(text, "Content-Length: {}\r\n", body.len());
    }
    text.push_str("\r\n");
    text.push_str(body);
    text
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
