//! What programs push, taken in and answered: `weir collect`.
//!
//! ```text
//! routes    a request -> what it brings, or asks for
//!   unpacked  its bytes, within limits
//! datagrams StatsD, by UDP
//! counted   what came, and what was refused, for Prometheus
//! ```
//! What is kept, and how, is in `weir-collector`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;
use weir_collector::{Refusal, Sample, Store};

use crate::analysis::instant::now;
use weir_serve::listen;

mod counted;
mod datagrams;
mod routes;
mod unpacked;

pub use weir_collector::Limits;

use counted::Counted;

/// Between two looks for what is older than is kept.
const AGE: Duration = Duration::from_secs(30);

/// What it is told.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How much is kept.
    pub limits: Limits,
    /// What whoever asks or pushes by HTTP has to have: `Authorization: Bearer TOKEN`.
    pub token: Option<String>,
}

/// Takes in what programs push, and answers who asks for it.
#[derive(Debug)]
pub struct Collector {
    http: TcpListener,
    statsd: Option<UdpSocket>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Mutex<Store>,
    counted: Counted,
    token: Option<String>,
}

/// Of what came at once.
#[derive(Debug, Default)]
struct Taken {
    kept: usize,
    /// By its place.
    refused: Vec<(usize, Refusal)>,
}

impl Collector {
    /// Binds its addresses; with port 0 a free one.
    ///
    /// # Errors
    /// One of them cannot be had; which.
    pub async fn bind(
        http: SocketAddr,
        statsd: Option<SocketAddr>,
        settings: Settings,
    ) -> Result<Self, (SocketAddr, std::io::Error)> {
        let Settings { limits, token } = settings;
        let listener = TcpListener::bind(http).await.map_err(|error| (http, error))?;
        let statsd = match statsd {
            Some(address) => Some(UdpSocket::bind(address).await.map_err(|error| (address, error))?),
            None => None,
        };
        let store = Mutex::new(Store::new(limits, now()));
        let counted = Counted::default();
        Ok(Self { http: listener, statsd, shared: Arc::new(Shared { store, counted, token }) })
    }

    /// Where it answers HTTP, and where StatsD's datagrams come.
    ///
    /// # Errors
    /// The kernel does not say.
    pub fn addresses(&self) -> std::io::Result<(SocketAddr, Option<SocketAddr>)> {
        Ok((self.http.local_addr()?, self.statsd.as_ref().map(UdpSocket::local_addr).transpose()?))
    }

    /// Serves until it is told to end.
    pub async fn serve(self, stop: CancellationToken) {
        let Self { http, statsd, shared } = self;
        let answering = Arc::clone(&shared);
        let answered = move |request: Request<Incoming>, _peer| {
            let shared = Arc::clone(&answering);
            async move { routes::answer(&shared, request).await }
        };
        tokio::join!(
            listen(http, None, stop.clone(), answered),
            datagrams::read(statsd, &shared, &stop),
            age(&shared, &stop),
        );
    }
}

impl Shared {
    /// Nothing that panics is done while it is locked.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what can be kept.
    fn take(&self, protocol: &str, samples: impl IntoIterator<Item = Result<Sample, Refusal>>) -> Taken {
        let (mut taken, now) = (Taken::default(), now());
        let mut store = self.store();
        for (place, sample) in samples.into_iter().enumerate() {
            match sample.and_then(|sample| store.take(sample, now)) {
                Ok(()) => taken.kept += 1,
                Err(refusal) => taken.refused.push((place, refusal)),
            }
        }
        drop(store);
        self.counted.note(protocol, &taken);
        taken
    }
}

/// Forgets what is old, while nothing comes, too.
async fn age(shared: &Shared, stop: &CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(AGE) => shared.store().age(now()),
        }
    }
}
