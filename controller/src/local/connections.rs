//! Who is still connected to a pod that leaves: the kernel's tables, read once for all pods.
//!
//! Reading them takes milliseconds on a machine with some ten thousand connections, so forty pods that leave must not each read them in each look.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use weir_api::Timestamp;

/// How old what was read may be. A pod ends later by this at the most.
const FRESH: Duration = Duration::from_millis(250);

/// Established connections of this machine, by the server's address.
#[derive(Debug, Default)]
pub(super) struct Connections {
    read_at: Option<Timestamp>,
    by_server: BTreeMap<SocketAddrV4, usize>,
}

impl Connections {
    /// Established connections to a server's ports.
    pub(super) fn to(
        &mut self,
        address: Ipv4Addr,
        ports: impl Iterator<Item = u16>,
        now: Timestamp,
    ) -> usize {
        // A clock that was set back makes what was read older, not fresh for ever.
        if self.read_at.is_none_or(|at| now < at || now.since(at) >= FRESH) {
            let table = |file| fs::read_to_string(file).unwrap_or_default();
            self.by_server = established(&[table("/proc/net/tcp"), table("/proc/net/tcp6")]);
            self.read_at = Some(now);
        }
        ports.filter_map(|port| self.by_server.get(&SocketAddrV4::new(address, port))).sum()
    }
}

/// Connections by their local address, of tables as the kernel writes them (`proc_net_tcp.txt` of its documentation).
fn established(tables: &[String]) -> BTreeMap<SocketAddrV4, usize> {
    let mut by_server = BTreeMap::new();
    for line in tables.iter().flat_map(|table| table.lines().skip(1)) {
        let mut fields = line.split_whitespace();
        let (local, state) = (fields.nth(1), fields.nth(1));
        if let Some(local) = local.filter(|_| state == Some("01")).and_then(address) {
            *by_server.entry(local).or_insert(0) += 1;
        }
    }
    by_server
}

/// `0100007F:1F90`: the address' bytes in reverse. In the table of IPv6 it is the end of a mapped address.
fn address(text: &str) -> Option<SocketAddrV4> {
    let (address, port) = text.split_once(':')?;
    let last = address.get(address.len().checked_sub(8)?..)?;
    let bytes = u32::from_str_radix(last, 16).ok()?.to_le_bytes();
    Some(SocketAddrV4::new(Ipv4Addr::from(bytes), u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{Connections, FRESH, address};
    use std::net::{TcpListener, TcpStream};
    use weir_api::Timestamp;

    #[test]
    fn connections_are_counted_at_the_server_and_looked_up_again_when_they_may_have_changed() {
        let listener = TcpListener::bind("127.77.1.2:0").unwrap();
        let local = listener.local_addr().unwrap();
        let here = "127.77.1.2".parse().unwrap();
        let elsewhere = "127.77.1.3".parse().unwrap();
        let port = || [local.port()].into_iter();
        let start = Timestamp::from_unix_micros(1_000_000_000);
        let mut connections = Connections::default();
        assert_eq!(connections.to(here, port(), start), 0);
        let client = TcpStream::connect(local).unwrap();
        let server = listener.accept().unwrap();
        assert_eq!(connections.to(here, port(), start), 0, "what was read then");
        let later = start.plus(FRESH);
        assert_eq!(connections.to(here, port(), later), 1);
        assert_eq!(connections.to(elsewhere, port(), later), 0);
        drop((client, server));
        assert_eq!(connections.to(here, port(), start), 0, "a clock that was set back");
    }

    #[test]
    fn the_kernels_words_for_an_address_are_read() {
        assert_eq!(address("0100007F:1F90").unwrap().to_string(), "127.0.0.1:8080");
        assert_eq!(address("0000000000000000FFFF00000201FE7F:0050").unwrap().to_string(), "127.254.1.2:80");
        for broken in ["", "0100007F", "7F:50", "0100007F:", "0100007F:12345", "x100007F:50"] {
            assert_eq!(address(broken), None, "{broken}");
        }
    }
}
