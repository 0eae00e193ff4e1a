//! A server of HTTP that does as it is told, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A question as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// `null` where it has none.
    pub(crate) body: Value,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// `METHOD PATH`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// An answer, or none: the connection is closed.
pub(crate) type Reply = Option<(u16, &'static str, String)>;

#[expect(clippy::unnecessary_wraps, reason = "scripts give replies")]
pub(crate) fn json(status: u16, body: &Value) -> Reply {
    Some((status, "", body.to_string()))
}

pub(crate) struct Server {
    pub(crate) url: String,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    /// Also those on which nothing was asked.
    connections: AtomicUsize,
    asked: Mutex<Vec<Asked>>,
}

impl Server {
    /// Answers the n-th question (from 0) as `script` says.
    pub(crate) async fn new(script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(None, script).await
    }

    /// The same by HTTPS.
    pub(crate) async fn by_tls(
        tls: TlsAcceptor,
        script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(tls), script).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Heard> = Arc::default();
        let url = match &tls {
            None => format!("http://{address}"),
            // As its certificate says.
            Some(_) => format!("https://localhost:{}", address.port()),
        };
        let (script, remembered) = (Arc::new(script), Arc::clone(&heard));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, remembered, tls) = (Arc::clone(&script), Arc::clone(&remembered), tls.clone());
                tokio::spawn(async move {
                    remembered.connections.fetch_add(1, Ordering::SeqCst);
                    match tls {
                        None => converse(stream, &*script, &remembered).await,
                        Some(tls) => {
                            // Else whoever came does not trust it.
                            if let Ok(stream) = tls.accept(stream).await {
                                converse(stream, &*script, &remembered).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, heard }
    }

    pub(crate) fn connections(&self) -> usize {
        self.heard.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.heard.asked.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }

    /// Returns once it was asked this often.
    pub(crate) async fn once_asked(&self, times: usize) {
        while self.heard.asked.lock().unwrap().len() < times {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

/// One question and its answer.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    script: &(impl Fn(usize, &Asked) -> Reply + Send + Sync),
    heard: &Heard,
) {
    let mut stream = BufReader::new(stream);
    let question = read(&mut stream).await;
    let reply = {
        let mut all = heard.asked.lock().unwrap();
        all.push(question.clone());
        script(all.len() - 1, &question)
    };
    answer(stream.into_inner(), reply).await;
}

async fn read<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Asked {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        let length = stream.read_line(&mut line).await.unwrap();
        if length == 0 || line.trim().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let mut first = lines.first().map(String::as_str).unwrap_or_default().split(' ').map(str::to_owned);
    let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let fields = lines.iter().skip(1).filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<_, _> =
        fields.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    Asked { method, path, headers, body: serde_json::from_slice(&body).unwrap_or_default() }
}

async fn answer<S: AsyncWrite + Unpin>(mut stream: S, reply: Reply) {
    let Some((status, fields, body)) = reply else { return };
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close\r\n{fields}\r\n{body}");
    // Who asked may be gone.
    let _gone = stream.write_all(text.as_bytes()).await;
    let _gone = stream.shutdown().await;
}
