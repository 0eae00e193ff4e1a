//! A client on one HTTP/1.1 connection that shows every answer as it came, in the order of the requests.
//!
//! The load generator counts; this one is for tests that look at single answers. It may send several requests before it reads: the answers
//! come in order, so that the n-th answer is to the n-th request that the connection carried.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Requests that are sent before their answers are read.
const PIPELINED: usize = 50;

/// One connection.
#[derive(Debug)]
pub struct Client(BufReader<TcpStream>);

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

impl Answer {
    /// The first field with this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The upstream that answered, as a sample upstream calls itself; empty where the proxy answered.
    #[must_use]
    pub fn version(&self) -> &str {
        self.header("x-version").unwrap_or_default()
    }
}

/// A GET of `path` with further header fields.
#[must_use]
pub fn get(path: &str, headers: &[(&str, &str)]) -> String {
    let mut request = format!("GET {path} HTTP/1.1\r\nhost: e2e.test\r\n");
    for field in headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]) {
        request.push_str(field);
    }
    request + "\r\n"
}

/// One GET on a connection of its own.
pub async fn once(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    Client::connect(address).await?.get(path, headers).await
}

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// One GET and its answer.
    pub async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.send(&get(path, headers)).await?;
        self.answer().await?.ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }

    /// Sends all of `requests`, some at a time without waiting, and gives their answers in the same order.
    pub async fn all(&mut self, requests: &[String]) -> Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(requests.len());
        for some in requests.chunks(PIPELINED) {
            self.send(&some.concat()).await?;
            for _ in some {
                answers.push(self.answer().await?.ok_or(ErrorKind::UnexpectedEof)?);
            }
        }
        Ok(answers)
    }

    /// Sends these bytes.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.0.get_mut().write_all(bytes.as_ref()).await
    }

    /// The next answer; `None`: the connection ended before its first byte. An error: it was cut, or is not HTTP.
    pub async fn answer(&mut self) -> Result<Option<Answer>> {
        match self.0.fill_buf().await {
            Ok([]) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
            other => other.map(drop)?,
        }
        let invalid = |what: &str| Error::new(ErrorKind::InvalidData, what);
        let line = self.line().await?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut answer =
            Answer { status: status.ok_or_else(|| invalid("no status line"))?, ..Answer::default() };
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        // RFC 9110, sections 15.3.5 and 15.4.5: there is none, and no length is told.
        let length = if matches!(answer.status, 204 | 304) { Some(0) } else { length };
        let mut body = vec![0; length.ok_or_else(|| invalid("no content-length"))?];
        self.0.read_exact(&mut body).await?;
        answer.body = String::from_utf8(body).map_err(|_| invalid("a body that is no text"))?;
        Ok(Some(answer))
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line).await?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}
