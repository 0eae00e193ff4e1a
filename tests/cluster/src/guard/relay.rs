//! The API server, reachable from outside on a port of loopback.
//!
//! A socket belongs to the network in which it was made, not to that of the thread that uses it. So one thread does it: the listener was made
//! outside, and the connections that the thread makes after it went inside are inside.

use std::fs::File;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::sync::mpsc;

use anyhow::{Context, Result};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::net::TcpStream;

use crate::inside::API_SERVER;

/// Relays what `listener` accepts to the API server of `network`, until this process ends.
pub(crate) fn start(listener: TcpListener, network: File) -> Result<()> {
    listener.set_nonblocking(true)?;
    let (entered, whether_entered) = mpsc::channel();
    std::thread::spawn(move || {
        let inside = move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network));
        let went_in = inside.is_ok();
        if entered.send(inside).is_ok() && went_in {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.and_then(|runtime| runtime.block_on(serve(listener)))
        } else {
            Ok(())
        }
    });
    whether_entered.recv()?.context("cannot enter the cluster's network")
}

async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (mut outside, _) = listener.accept().await?;
        // Without an API server the connection is closed, which is what a client of a dead one sees.
        tokio::spawn(async move {
            if let Ok(mut inside) = TcpStream::connect(API_SERVER).await {
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            }
        });
    }
}
