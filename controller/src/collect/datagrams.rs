//! StatsD's datagrams.

use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;
use weir_collector::statsd;

use super::Shared;

/// The largest there is.
const LARGEST: usize = 1 << 16;

/// Takes in what comes until it is told to end.
pub(super) async fn read(socket: Option<UdpSocket>, shared: &Shared, stop: &CancellationToken) {
    let Some(socket) = socket else { return };
    let mut datagram = vec![0; LARGEST];
    loop {
        let received = tokio::select! {
            () = stop.cancelled() => return,
            received = socket.recv(&mut datagram) => received,
        };
        // An error here is one of a datagram, and the next one may be well.
        if let Some(datagram) = received.ok().and_then(|length| datagram.get(..length)) {
            shared.take("statsd", statsd::parse(datagram));
        }
    }
}
