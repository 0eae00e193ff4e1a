//! A server that does to each request exactly what a test says: a thread a connection, bytes as they come.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// A whole answer without content.
pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// What happens to a connection after a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Keep,
    Close,
}

/// A running server; its threads end with the test's process.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    received: Arc<AtomicU64>,
}

impl Scripted {
    /// Calls `script` with the number of each request, from 0 over all connections, and its connection.
    pub(crate) fn start(script: impl Fn(u64, &mut TcpStream) -> Then + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(AtomicU64::new(0));
        let (script, numbers) = (Arc::new(script), Arc::clone(&received));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, numbers) = (Arc::clone(&script), Arc::clone(&numbers));
                thread::spawn(move || serve(stream.unwrap(), &numbers, &*script));
            }
        });
        Self { address, received }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, numbers: &AtomicU64, script: &dyn Fn(u64, &mut TcpStream) -> Then) {
    stream.set_nodelay(true).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            let number = numbers.fetch_add(1, Ordering::SeqCst);
            if script(number, &mut stream) == Then::Close {
                return;
            }
        }
    }
}

/// Sends these bytes and keeps the connection. A client that has gone meanwhile is its own affair.
pub(crate) fn answer(stream: &mut TcpStream, bytes: &[u8]) -> Then {
    if stream.write_all(bytes).is_ok() { Then::Keep } else { Then::Close }
}
