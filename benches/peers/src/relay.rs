//! A raw TCP relay: what a proxy costs at least that copies bytes from one socket to another in user space.
//!
//! One thread, paired connections, level-triggered epoll, one read and one write for each readiness. It parses nothing.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use slab::Slab;

use crate::epoll::{Epoll, Interest};

/// Number of the listening socket; connections have those below.
const LISTENER: usize = usize::MAX;
/// Most bytes moved at a time.
const BUFFER: usize = 64 * 1024;

/// One side of a pair.
struct Side {
    socket: TcpStream,
    /// Number of the other side.
    other: usize,
    /// What `socket` had no room for.
    rest: Vec<u8>,
}

/// Relays every connection of `listen` to `upstream`, until the process is ended.
pub(crate) fn run(listen: SocketAddr, upstream: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;
    let epoll = Epoll::new()?;
    epoll.add(&listener, LISTENER)?;
    let mut sides = Slab::new();
    let mut buffer = vec![0; BUFFER];
    epoll.run(|number| {
        if number == LISTENER {
            return accept(&epoll, &listener, upstream, &mut sides);
        }
        if step(&epoll, &mut sides, &mut buffer, number).is_err() {
            end(&mut sides, number);
        }
        Ok(())
    })
}

/// Takes one connection and opens the one that it is paired with.
fn accept(
    epoll: &Epoll,
    listener: &TcpListener,
    upstream: SocketAddr,
    sides: &mut Slab<Side>,
) -> io::Result<()> {
    let Ok((client, _)) = listener.accept() else { return Ok(()) };
    let Ok(server) = TcpStream::connect(upstream) else { return Ok(()) };
    for socket in [&client, &server] {
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
    }
    let first = sides.insert(Side { socket: client, other: 0, rest: Vec::new() });
    let second = sides.insert(Side { socket: server, other: first, rest: Vec::new() });
    for (number, other) in [(first, second), (second, first)] {
        if let Some(side) = sides.get_mut(number) {
            side.other = other;
            epoll.add(&side.socket, number)?;
        }
    }
    Ok(())
}

/// Moves what is ready on `number`: a rest into it, or bytes of it to the other side. An error ends the pair.
fn step(epoll: &Epoll, sides: &mut Slab<Side>, buffer: &mut [u8], number: usize) -> io::Result<()> {
    // An event of a pair that was ended earlier in the same batch.
    let Some(side) = sides.get_mut(number) else { return Ok(()) };
    let other = side.other;
    if !side.rest.is_empty() {
        return flush(epoll, sides, number, other);
    }
    let read = match side.socket.read(buffer) {
        Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
        Err(error) => return Err(error),
    };
    let bytes = buffer.get(..read).unwrap_or_default();
    let Some(to) = sides.get_mut(other) else { return Err(ErrorKind::NotConnected.into()) };
    let written = match to.socket.write(bytes) {
        Ok(written) => written,
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        Err(error) => return Err(error),
    };
    let rest = bytes.get(written..).unwrap_or_default();
    if !rest.is_empty() {
        to.rest.extend_from_slice(rest);
        epoll.change(&to.socket, other, Interest::Write)?;
        if let Some(from) = sides.get(number) {
            epoll.change(&from.socket, number, Interest::Nothing)?;
        }
    }
    Ok(())
}

/// Writes the rest that `number` had no room for, and then reads from both again.
fn flush(epoll: &Epoll, sides: &mut Slab<Side>, number: usize, other: usize) -> io::Result<()> {
    let Some(side) = sides.get_mut(number) else { return Ok(()) };
    match side.socket.write(&side.rest) {
        Ok(written) => drop(side.rest.drain(..written)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => return Err(error),
    }
    if side.rest.is_empty() {
        epoll.change(&side.socket, number, Interest::Read)?;
        if let Some(other_side) = sides.get(other) {
            epoll.change(&other_side.socket, other, Interest::Read)?;
        }
    }
    Ok(())
}

/// Closes a pair. What is under way to the other side has been written: a rest keeps this side from being read.
fn end(sides: &mut Slab<Side>, number: usize) {
    if let Some(side) = sides.try_remove(number) {
        sides.try_remove(side.other);
    }
}
