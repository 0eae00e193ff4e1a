//! A loopback address of its own for every local pod. Linux: all of 127.0.0.0/8 is there without configuration.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use weir_directory::fnv1a;

/// Attempts before it is said that there is no address.
const ATTEMPTS: u32 = 64;

/// A free address for a pod: the ports can be bound there now, and no pod in `taken` has it. `seed` makes it unlikely that two controllers of one
/// machine try the same address at the same time: it holds the state directory's path.
pub(super) fn free(seed: &str, taken: &BTreeSet<Ipv4Addr>, ports: &[u16]) -> Option<Ipv4Addr> {
    (0..ATTEMPTS)
        .map(|attempt| candidate(seed, attempt))
        .find(|address| !taken.contains(address) && ports.iter().all(|port| is_free(*address, *port)))
}

/// Whether nothing listens there.
pub(super) fn is_free(address: Ipv4Addr, port: u16) -> bool {
    TcpListener::bind(SocketAddr::from((address, port))).is_ok()
}

/// One of about 15 million addresses, far from 127.0.0.1 and what systems use beside it.
fn candidate(seed: &str, attempt: u32) -> Ipv4Addr {
    let hash = fnv1a(format!("{seed}#{attempt}").as_bytes());
    // Taken from all bits: FNV mixes the last bytes poorly into the high ones.
    let part = |divisor: u64, least: u8, most: u8| -> u8 {
        let choices = u64::from(most - least) + 1;
        u8::try_from((hash ^ (hash >> 32)) / divisor % choices).map_or(least, |offset| least + offset)
    };
    Ipv4Addr::new(127, part(1, 16, 254), part(239, 0, 255), part(239 * 256, 1, 254))
}

#[cfg(test)]
mod tests {
    use super::{free, is_free};
    use std::collections::BTreeSet;
    use std::net::TcpListener;

    #[test]
    fn an_address_is_free_until_it_is_taken() {
        let mut taken = BTreeSet::new();
        for pod in 0..200 {
            let address = free(&format!("/state pod-{pod}"), &taken, &[]).unwrap();
            assert!(address.is_loopback() && taken.insert(address));
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(!is_free("127.0.0.1".parse().unwrap(), port));
        let address = free("elsewhere", &taken, &[port]).unwrap();
        assert!(is_free(address, port), "the same port at another address");
    }
}
