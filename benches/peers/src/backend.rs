//! The upstream of every proxy: one thread, keep-alive, answers made beforehand.
//!
//! It must cost little, because it shares its CPU with the load generator. HTTP/1.1 ([`h1`]): 128 bytes for `/`, 10 KiB for `/10k...`,
//! 1 MiB for `/1m...`, with five headers. HTTP/2 with prior knowledge ([`h2`]): one gRPC message, with trailers.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use slab::Slab;

use crate::epoll::{Epoll, Interest};

mod h1;
mod h2;

/// Connections have the numbers above those of the listeners.
const FIRST: usize = 16;
/// Most bytes read at a time.
const BUFFER: usize = 64 * 1024;

/// What is left of an answer that the socket had no room for.
#[derive(Debug)]
enum Rest {
    Nothing,
    /// An answer made beforehand, from this byte on.
    Made(h1::Answer, usize),
    /// Bytes of HTTP/2.
    Bytes(Vec<u8>),
}

struct Connection {
    socket: TcpStream,
    /// Bytes of a request that has not arrived as a whole.
    input: Vec<u8>,
    rest: Rest,
    /// The client asked for the end after this answer.
    close: bool,
    /// Set by the preface of HTTP/2.
    h2: bool,
}

struct Backend {
    answers: h1::Answers,
    connections: Slab<Connection>,
    buffer: Vec<u8>,
}

/// Answers on every address of `listen`, until the process is ended.
pub(crate) fn run(listen: &[SocketAddr]) -> io::Result<()> {
    let epoll = Epoll::new()?;
    let mut listeners = Vec::new();
    for (number, address) in listen.iter().enumerate().take(FIRST) {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        epoll.add(&listener, number)?;
        listeners.push(listener);
    }
    let mut backend =
        Backend { answers: h1::Answers::default(), connections: Slab::new(), buffer: vec![0; BUFFER] };
    epoll.run(|number| {
        if let Some(listener) = listeners.get(number) {
            return backend.accept(&epoll, listener);
        }
        let key = number.saturating_sub(FIRST);
        if !matches!(backend.step(&epoll, key), Ok(true)) {
            backend.connections.try_remove(key);
        }
        Ok(())
    })
}

impl Backend {
    fn accept(&mut self, epoll: &Epoll, listener: &TcpListener) -> io::Result<()> {
        let Ok((socket, _)) = listener.accept() else { return Ok(()) };
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let entry = self.connections.vacant_entry();
        epoll.add(&socket, entry.key() + FIRST)?;
        entry.insert(Connection { socket, input: Vec::new(), rest: Rest::Nothing, close: false, h2: false });
        Ok(())
    }

    /// Reads and answers, or goes on with an answer. Whether the connection stays open.
    fn step(&mut self, epoll: &Epoll, key: usize) -> io::Result<bool> {
        let Some(connection) = self.connections.get_mut(key) else { return Ok(true) };
        if !matches!(connection.rest, Rest::Nothing) {
            connection.resume(&self.answers)?;
            if !matches!(connection.rest, Rest::Nothing) {
                return Ok(true);
            }
            epoll.change(&connection.socket, key + FIRST, Interest::Read)?;
            return Ok(!connection.close);
        }
        let read = match connection.socket.read(&mut self.buffer) {
            Ok(0) => return Ok(false),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error),
        };
        connection.take(self.buffer.get(..read).unwrap_or_default(), &self.answers)?;
        if matches!(connection.rest, Rest::Nothing) {
            return Ok(!connection.close);
        }
        epoll.change(&connection.socket, key + FIRST, Interest::Write)?;
        Ok(true)
    }
}

impl Connection {
    /// Answers the requests in `bytes` and what came before them.
    fn take(&mut self, bytes: &[u8], answers: &h1::Answers) -> io::Result<()> {
        self.h2 |= self.input.is_empty() && bytes.starts_with(h2::PREFACE);
        if self.input.is_empty() && !self.h2 {
            let taken = self.answer(bytes, answers)?;
            self.input.extend_from_slice(bytes.get(taken..).unwrap_or_default());
            return Ok(());
        }
        let mut input = std::mem::take(&mut self.input);
        input.extend_from_slice(bytes);
        let taken = if self.h2 { self.answer_h2(&input)? } else { self.answer(&input, answers)? };
        input.drain(..taken);
        self.input = input;
        Ok(())
    }

    /// The bytes of the requests that were answered. One at a time: no proxy here pipelines.
    fn answer(&mut self, bytes: &[u8], answers: &h1::Answers) -> io::Result<usize> {
        let Some(request) = h1::Request::read(bytes) else { return Ok(0) };
        self.close = request.close;
        let answer = answers.bytes(request.answer, request.close);
        let written = write(&mut self.socket, answer)?;
        if written < answer.len() {
            self.rest = Rest::Made(request.answer, written);
        }
        Ok(request.length)
    }

    fn answer_h2(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut output = Vec::new();
        let taken = h2::answer(bytes, &mut output);
        let written = write(&mut self.socket, &output)?;
        if written < output.len() {
            self.rest = Rest::Bytes(output.split_off(written));
        }
        Ok(taken)
    }

    fn resume(&mut self, answers: &h1::Answers) -> io::Result<()> {
        match &mut self.rest {
            Rest::Nothing => return Ok(()),
            Rest::Made(answer, from) => {
                let bytes = answers.bytes(*answer, self.close).get(*from..).unwrap_or_default();
                let written = write(&mut self.socket, bytes)?;
                *from += written;
                if written < bytes.len() {
                    return Ok(());
                }
            }
            Rest::Bytes(bytes) => {
                let written = write(&mut self.socket, bytes)?;
                bytes.drain(..written);
                if !bytes.is_empty() {
                    return Ok(());
                }
            }
        }
        self.rest = Rest::Nothing;
        Ok(())
    }
}

/// Bytes that the socket took; none when it is full.
fn write(socket: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return Ok(0);
    }
    match socket.write(bytes) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        written => written,
    }
}
