//! Sockets: for each address one listener a worker, all on the same port (`SO_REUSEPORT`), so that the kernel spreads connections.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};

use super::{AppError, Bound};
use crate::config::{Config, Listen};

/// Connections that may wait to be accepted on one listener.
const BACKLOG: i32 = 4096;

/// The listeners of one worker.
#[derive(Default)]
pub(super) struct Listeners {
    pub(super) http: Vec<(std::net::TcpListener, Listen)>,
    pub(super) https: Vec<(std::net::TcpListener, Listen)>,
}

/// Every socket of the proxy.
pub(super) struct Sockets {
    pub(super) workers: Vec<Listeners>,
    pub(super) admin: std::net::TcpListener,
    pub(super) bound: Bound,
}

impl Sockets {
    pub(super) fn bind(config: &Config) -> Result<Self, AppError> {
        let mut workers: Vec<Listeners> = Vec::new();
        workers.resize_with(config.workers.get(), Listeners::default);
        let mut http = Vec::new();
        for listen in &config.listen {
            http.push(shared(*listen, workers.iter_mut().map(|worker| &mut worker.http))?);
        }
        let mut https = Vec::new();
        for listen in config.tls.iter().flat_map(|tls| &tls.listen) {
            https.push(shared(*listen, workers.iter_mut().map(|worker| &mut worker.https))?);
        }
        let failed = |source| AppError::Bind(config.admin, source);
        let admin: std::net::TcpListener = listener(config.admin, false).map_err(failed)?.into();
        let bound = Bound { http, https, admin: admin.local_addr().map_err(failed)? };
        Ok(Self { workers, admin, bound })
    }
}

/// Gives each worker a listener on the same address; returns it with its port.
fn shared<'l>(
    listen: Listen,
    workers: impl Iterator<Item = &'l mut Vec<(std::net::TcpListener, Listen)>>,
) -> Result<SocketAddr, AppError> {
    let address = listen.address;
    let failed = |source| AppError::Bind(address, source);
    if address.port() != 0 {
        // `SO_REUSEPORT` would let two proxies of one user share a port and each get half of the requests. This one fails where anybody listens.
        drop(socket(address, false).map_err(failed)?);
    }
    let mut bound = address;
    for listeners in workers {
        let listener: std::net::TcpListener = self::listener(bound, true).map_err(failed)?.into();
        bound = listener.local_addr().map_err(failed)?;
        listeners.push((listener, listen));
    }
    Ok(bound)
}

fn socket(address: SocketAddr, reuse_port: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if reuse_port {
        socket.set_reuse_port(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listener(address: SocketAddr, reuse_port: bool) -> io::Result<Socket> {
    let socket = socket(address, reuse_port)?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}
