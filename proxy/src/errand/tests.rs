//! Errands to real servers on real sockets.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::LocalSet;
use tokio_rustls::TlsAcceptor;

use super::{Answer, Errands, Failure, Origin, Patience};
use crate::clock::Clock;
use crate::names::Names;
use crate::scheme::Scheme;
use crate::tasks::Tasks;
use crate::tls::Resolver;

const PATIENCE: Patience =
    Patience { connect: Duration::from_secs(5), total: Duration::from_secs(5), idle: Duration::from_mins(1) };

struct Server {
    origin: Origin,
    connections: Rc<Cell<usize>>,
}

/// A server that does with each connection what `script` says.
async fn server<F: Future<Output = ()> + 'static>(
    script: impl Fn(TcpStream, usize) -> F + 'static,
) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Origin::new("http", &listener.local_addr().unwrap().to_string()).unwrap();
    let connections = Rc::new(Cell::new(0));
    let count = Rc::clone(&connections);
    tokio::task::spawn_local(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            count.set(count.get() + 1);
            tokio::task::spawn_local(script(stream, count.get()));
        }
    });
    Server { origin, connections }
}

/// Reads heads and sends this for each of them, so many times.
async fn answer(mut stream: TcpStream, times: usize, answer: &'static [u8]) {
    let mut read = Vec::new();
    for _ in 0..times {
        while !read.windows(4).any(|window| window == b"\r\n\r\n") {
            let mut buffer = [0; 4096];
            match stream.read(&mut buffer).await {
                Ok(n) if n > 0 => read.extend_from_slice(&buffer[..n]),
                _ => return,
            }
        }
        read.clear();
        let _ = stream.write_all(answer).await;
    }
}

fn errands() -> Errands {
    let (clock, tasks) = (Clock::new(), Tasks::default());
    let ticking = Rc::clone(&clock);
    tokio::task::spawn_local(async move { ticking.run().await });
    let names = Rc::new(Names::new(tasks.clone()));
    Errands::new(clock, tasks, names)
}

fn get() -> Request<Bytes> {
    Request::get("/auth?x=1").body(Bytes::new()).unwrap()
}

async fn run(test: impl Future<Output = ()>) {
    LocalSet::new().run_until(test).await;
}

async fn failure(errands: &Errands, server: &Server, patience: Patience) -> Option<Failure> {
    errands.send(&server.origin, get(), patience).await.err()
}

#[tokio::test]
async fn errands_one_after_the_other_share_a_connection_whether_or_not_the_body_is_wanted() {
    run(async {
        let ok = b"HTTP/1.1 200 OK\r\nX-User: ann\r\nContent-Length: 2\r\n\r\nhi";
        let server = server(|stream, _| answer(stream, 9, ok)).await;
        let errands = errands();
        let send = || errands.send(&server.origin, get(), PATIENCE);
        let answer: Answer = send().await.unwrap();
        assert_eq!((answer.status.as_u16(), &answer.headers["x-user"]), (200, &"ann".parse().unwrap()));
        assert_eq!(answer.body(2).await.unwrap(), "hi");
        send().await.unwrap().discard();
        // The task that reads what nobody wants.
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        assert_eq!(send().await.unwrap().body(2).await.unwrap(), "hi");
        assert_eq!(server.connections.get(), 1);
        // An answer that is dropped takes its connection with it, and so does a body that is too long.
        drop(send().await.unwrap());
        assert!(send().await.unwrap().body(1).await.is_none());
        assert_eq!(send().await.unwrap().status.as_u16(), 200);
        assert_eq!(server.connections.get(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_not_the_servers_fault() {
    run(async {
        // Whether it is closed before or after the next request has been written.
        for close in [0, 1] {
            let server = server(move |mut stream, number| async move {
                let times = if number == 1 { 1 } else { 9 };
                let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                let mut buffer = [0; 4096];
                for _ in 0..times {
                    if !matches!(stream.read(&mut buffer).await, Ok(n) if n > 0) {
                        return;
                    }
                    let _ = stream.write_all(ok).await;
                }
                if close == 1 {
                    let _ = stream.read(&mut buffer).await;
                }
            })
            .await;
            let errands = errands();
            for _ in 0..3 {
                let answer = errands.send(&server.origin, get(), PATIENCE).await.unwrap();
                assert_eq!(answer.status.as_u16(), 200);
                answer.discard();
                tokio::task::yield_now().await;
            }
            assert_eq!(server.connections.get(), 2);
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_there_or_talks_nonsense_or_nothing_is_a_failure_of_its_kind() {
    run(async {
        let errands = errands();
        for bytes in [&b"nonsense\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\nContent-", b""] {
            let server = server(move |stream, _| answer(stream, 1, bytes)).await;
            assert_eq!(failure(&errands, &server, PATIENCE).await, Some(Failure::Broken));
        }
        let silent = server(|stream, _| async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
        .await;
        let hasty = Patience { total: Duration::from_millis(50), ..PATIENCE };
        assert_eq!(failure(&errands, &silent, hasty).await, Some(Failure::Timeout));
        // Bound, so that nobody else gets the port, and not listening.
        let bound = TcpSocket::new_v4().unwrap();
        bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let nowhere = bound.local_addr().unwrap();
        for (host, expected) in [
            (nowhere.to_string(), Failure::Connect),
            ("no-such-host.invalid".to_owned(), Failure::Name(super::Unresolved::Unknown)),
        ] {
            let origin = Origin::new("http", &host).unwrap();
            let failed = errands.send(&origin, get(), PATIENCE).await.err();
            assert_eq!(failed, Some(expected), "{host}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_endless_head_and_an_endless_body_have_an_end() {
    run(async {
        let errands = errands();
        let head = server(|mut stream, _| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        })
        .await;
        assert_eq!(failure(&errands, &head, PATIENCE).await, Some(Failure::Broken));
        let body = server(|mut stream, _| async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        })
        .await;
        let answer = errands.send(&body.origin, get(), PATIENCE).await.unwrap();
        assert!(answer.body(64 * 1024).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn https_is_spoken_with_servers_that_nobody_vouches_for_and_they_are_named() {
    run(async {
        let mut config = Resolver::untrusted().unwrap().server_config().unwrap();
        std::sync::Arc::make_mut(&mut config).alpn_protocols.clear();
        let acceptor = TlsAcceptor::from(config);
        let mut server = server(move |stream, _| {
            let acceptor = acceptor.clone();
            async move {
                let mut stream = acceptor.accept(stream).await.unwrap();
                let name = stream.get_ref().1.server_name().unwrap_or_default().to_owned();
                let answer = format!("HTTP/1.1 200 OK\r\nX-Name: {name}\r\nContent-Length: 0\r\n\r\n");
                while matches!(stream.read(&mut [0; 4096]).await, Ok(n) if n > 0) {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        })
        .await;
        server.origin = Origin { scheme: Scheme::Https, host: "localhost".into(), ..server.origin };
        let errands = errands();
        for _ in 0..2 {
            let answer = errands.send(&server.origin, get(), PATIENCE).await.unwrap();
            assert_eq!(
                (answer.status.as_u16(), &answer.headers["x-name"]),
                (200, &"localhost".parse().unwrap())
            );
            answer.discard();
        }
        assert_eq!(server.connections.get(), 1);
    })
    .await;
    run(async {
        let plain = server(|stream, _| answer(stream, 1, b"HTTP/1.1 400 Bad Request\r\n\r\n")).await;
        let origin = Origin { scheme: Scheme::Https, ..plain.origin };
        let (errands, hasty) = (errands(), Patience { connect: Duration::from_millis(200), ..PATIENCE });
        let failed = errands.send(&origin, get(), hasty);
        assert!(matches!(failed.await.err(), Some(Failure::Tls | Failure::Timeout)));
    })
    .await;
}
