//! When a server answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::Running;
use crate::site::Site;

/// Short, because the time to the first answer is measured with it.
const LOOK_EVERY: Duration = Duration::from_millis(2);
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);

/// Waits until `address` takes connections.
pub(crate) fn connects(address: SocketAddr, server: &mut Running, patience: Duration) -> Result<()> {
    until(server, patience, || {
        TcpStream::connect(address)?;
        Ok(())
    })
}

/// Waits until a request for the example of a site in clear HTTP/1.1 is answered with 200.
pub(crate) fn answers(
    address: SocketAddr,
    site: Site,
    server: &mut Running,
    patience: Duration,
) -> Result<()> {
    until(server, patience, || get(&mut TcpStream::connect(address)?, site))
}

/// Waits until `probe` succeeds.
pub(crate) fn until(
    server: &mut Running,
    patience: Duration,
    mut probe: impl FnMut() -> Result<()>,
) -> Result<()> {
    let end = Instant::now() + patience;
    loop {
        let Err(error) = probe() else { return Ok(()) };
        server.check()?;
        if Instant::now() > end {
            return Err(error).with_context(|| format!("not ready; it said: {}", server.last_words()));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// One request for the example of a site on a connection that stays open; its answer must be 200 and whole.
pub(crate) fn get(connection: &mut TcpStream, site: Site) -> Result<()> {
    let (host, path) = site.example();
    get_from(connection, host, path)
}

/// One request on a connection that stays open; its answer must be 200 and whole.
pub(crate) fn get_from(connection: &mut TcpStream, host: &str, path: &str) -> Result<()> {
    connection.set_read_timeout(Some(ANSWER_PATIENCE))?;
    connection.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = connection.read(&mut buffer)?;
        answer.extend_from_slice(buffer.get(..read).unwrap_or_default());
        if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            if !answer.starts_with(b"HTTP/1.1 200") {
                let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
                bail!("answered with {}", String::from_utf8_lossy(line));
            }
            if answer.len() >= end + 4 + SMALL {
                return Ok(());
            }
        }
        if read == 0 {
            bail!("the answer was cut off");
        }
    }
}

/// Length of the backend's smallest body.
const SMALL: usize = 128;
