//! Proxy and controller over one directory of manifests: what `weir demo` and `weir run` start.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Deserialize;
use tokio::time::{Instant, sleep};
use weir_controller::args::{NotifyArgs, OfrepArgs};
use weir_controller::local::stop_pods;
use weir_directory::StateDirectory;
use weir_process::Stop;

use crate::admin::Admin;
use crate::args::PlaceArgs;
use crate::supervise::{Service, describe};

/// Both programs must be ready within this time.
const READY_DEADLINE: Duration = Duration::from_secs(20);
/// How often readiness is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Programs and pods that do not end by themselves within this time are killed.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// A program that ended is started again after this time, so that one that cannot run does not spin.
const RESTART_AFTER: Duration = Duration::from_millis(200);

/// Where the proxy listens.
#[derive(Clone, Debug, Deserialize)]
struct ProxyAddresses {
    http: Vec<SocketAddr>,
    admin: SocketAddr,
}

/// Where the controller listens.
#[derive(Clone, Debug, Deserialize)]
struct ControllerAddresses {
    admin: SocketAddr,
    ofrep: Option<SocketAddr>,
}

/// Where everything listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    /// Users' requests.
    pub(crate) listen: SocketAddr,
    /// The proxy's admin port.
    pub(crate) admin: SocketAddr,
    /// The controller's admin port.
    pub(crate) controller: SocketAddr,
    /// Where feature flags are served, if anywhere.
    pub(crate) ofrep: Option<SocketAddr>,
}

/// What the controller is told beside its addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// File of the metric stores.
    pub(crate) sources: Option<PathBuf>,
    /// Where feature flags are served, and to whom.
    pub(crate) flags: OfrepArgs,
    /// Who is told of releases elsewhere.
    pub(crate) notify: NotifyArgs,
}

/// A running proxy and controller.
#[derive(Debug)]
pub(crate) struct Stack {
    proxy: Service,
    controller: Service,
    manifests: PathBuf,
    state: PathBuf,
    told: Told,
    addresses: Addresses,
}

impl Stack {
    /// Starts both over `manifests`, with their files in `state`, and waits until both are ready.
    pub(crate) async fn start(manifests: &Path, state: &Path, told: Told, place: &PlaceArgs) -> Result<Self> {
        let (manifests, state) = (manifests.to_path_buf(), state.to_path_buf());
        let PlaceArgs { listen, admin, controller } = *place;
        let wanted = Addresses { listen, admin, controller, ofrep: told.flags.ofrep };
        let (proxy, at): (_, ProxyAddresses) =
            Service::start("weir-proxy", &proxy_args(&manifests, &state, wanted), &state).await?;
        let Some(listen) = at.http.first().copied() else { bail!("weir-proxy listens nowhere") };
        let bound = Addresses { listen, admin: at.admin, ..wanted };
        let args = controller_args(&manifests, &state, &told, bound);
        let (controller, at): (_, ControllerAddresses) =
            Service::start("weir-controller", &args, &state).await?;
        let addresses = Addresses { controller: at.admin, ofrep: at.ofrep, ..bound };
        let stack = Self { proxy, controller, manifests, state, told, addresses };
        stack.wait_until_ready().await?;
        Ok(stack)
    }

    /// The same, unless somebody wants it to stop meanwhile: then nothing of it is left, and it is `None`.
    pub(crate) async fn start_or_stop(
        manifests: &Path,
        state: &Path,
        told: Told,
        place: &PlaceArgs,
        stop: &mut Stop,
    ) -> Result<Option<Self>> {
        let started = tokio::select! {
            started = Self::start(manifests, state, told, place) => Some(started),
            () = stop.requested() => None,
        };
        if started.is_none() {
            stop_what_is_left(state, Instant::now() + STOP_PATIENCE).await;
        }
        started.transpose()
    }

    /// Where everything listens.
    pub(crate) fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The controller's admin port.
    pub(crate) fn controller(&self) -> Admin {
        Admin::new(self.addresses.controller)
    }

    /// Waits until one of the two ends, starts it again on the same addresses, and says so. Cancel-safe but for the short wait before the start.
    pub(crate) async fn supervise(&mut self) -> Result<String> {
        let (service, args, meanwhile) = tokio::select! {
            status = self.proxy.ended() => {
                let args = proxy_args(&self.manifests, &self.state, self.addresses);
                (&mut self.proxy, args, (status?, "no request was served meanwhile"))
            }
            status = self.controller.ended() => {
                let args = controller_args(&self.manifests, &self.state, &self.told, self.addresses);
                (&mut self.controller, args, (status?, "the proxy served on; the release goes on where it was"))
            }
        };
        sleep(RESTART_AFTER).await;
        service.restart(&args)?;
        let (status, meanwhile) = meanwhile;
        Ok(format!("{}: {}; started again ({meanwhile})", service.program(), describe(status)))
    }

    /// Stops both; the controller stops its pods.
    pub(crate) async fn stop(self) {
        let deadline = Instant::now() + STOP_PATIENCE;
        // The controller first: it takes its pods away while the proxy still answers for them.
        let state = self.state;
        tokio::join!(self.controller.stop(deadline), self.proxy.stop(deadline));
        // It may have been killed, and its pods with it not.
        stop_what_is_left(&state, deadline).await;
    }

    async fn wait_until_ready(&self) -> Result<()> {
        let deadline = Instant::now() + READY_DEADLINE;
        for (name, address) in
            [("weir-proxy", self.addresses.admin), ("weir-controller", self.addresses.controller)]
        {
            let admin = Admin::new(address);
            while !admin.ready().await {
                if Instant::now() > deadline {
                    bail!(
                        "{name} is not ready after {} s: see {}/logs",
                        READY_DEADLINE.as_secs(),
                        self.state.display()
                    );
                }
                sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }
}

/// Stops the pods that are written down in a state folder, where no controller does: after a start that was interrupted, too.
async fn stop_what_is_left(state: &Path, deadline: Instant) {
    let stopped = match StateDirectory::open(state) {
        Ok(state) => stop_pods(&state, deadline.saturating_duration_since(Instant::now())).await.map(|_| ()),
        Err(error) => Err(error),
    };
    if let Err(error) = stopped {
        // Nobody reads it if that fails.
        let _unread = writeln!(io::stderr().lock(), "weir: cannot stop the pods: {error}");
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn proxy_args(manifests: &Path, state: &Path, at: Addresses) -> Vec<String> {
    [
        ("--objects", text(manifests)),
        ("--objects", text(&state.join("objects"))),
        ("--listen", at.listen.to_string()),
        ("--admin", at.admin.to_string()),
    ]
    .into_iter()
    .flat_map(|(flag, value)| [flag.to_owned(), value])
    .collect()
}

fn controller_args(manifests: &Path, state: &Path, told: &Told, at: Addresses) -> Vec<String> {
    let Told { sources, flags, notify: NotifyArgs { notifiers, secrets } } = told;
    let OfrepArgs { ofrep: _, ofrep_origin, ofrep_tokens } = flags;
    let file = |flag, file: &Option<PathBuf>| file.as_deref().map(|file| (flag, text(file)));
    // Of these headers each was a text once.
    let origins = ofrep_origin.iter().filter_map(|origin| origin.to_str().ok());
    [
        ("--objects", text(manifests)),
        ("--state", text(state)),
        ("--proxy", format!("http://{}", at.admin)),
        ("--admin", at.controller.to_string()),
    ]
    .into_iter()
    .chain(file("--sources", sources))
    .chain(file("--notifiers", notifiers))
    .chain(file("--secrets", secrets))
    .chain(at.ofrep.map(|ofrep| ("--ofrep", ofrep.to_string())))
    .chain(file("--ofrep-tokens", ofrep_tokens))
    .chain(origins.map(|origin| ("--ofrep-origin", origin.to_owned())))
    .flat_map(|(flag, value)| [flag.to_owned(), value])
    .chain(["--stop-pods-on-exit".to_owned()])
    .collect()
}
