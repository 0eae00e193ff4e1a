//! Which proxy has the duties: the holder of a Lease, as client-go's leader election has it.
//!
//! The clocks of others are not trusted: a lease that has not been seen to change for its whole duration, by this process's own clock, is free. Writes carry
//! the version that was read, so that of two takers one fails. A holder that cannot renew stops before another one can take over.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease as Object, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client};
use tokio::time::{Instant, timeout};

/// Name of the Lease, in the namespace of the proxies.
const NAME: &str = "weir-proxy";
/// A lease that was not renewed for so long is free.
const DURATION: Duration = Duration::from_secs(20);
/// A holder that could not renew for so long has it no more.
const DEADLINE: Duration = Duration::from_secs(12);
/// One request to the API server.
const PATIENCE: Duration = Duration::from_secs(5);

/// One proxy's view of the lease.
pub(super) struct Lease {
    api: Api<Object>,
    identity: String,
    /// What was seen last, and since when.
    seen: Option<(LeaseSpec, Instant)>,
    renewed: Option<Instant>,
    was_held: bool,
}

impl Lease {
    pub(super) fn new(client: Client, identity: String) -> Self {
        let api = Api::default_namespaced(client);
        Self { api, identity, seen: None, renewed: None, was_held: false }
    }

    /// Whether this proxy has the duties.
    pub(super) fn is_held(&self) -> bool {
        self.renewed.is_some_and(|renewed| renewed.elapsed() < DEADLINE)
    }

    /// Renews the lease, or takes it where it is free.
    pub(super) async fn renew(&mut self) {
        match timeout(PATIENCE, self.try_renew()).await {
            Ok(Ok(())) => {}
            // Another one was faster: the next look says who.
            Ok(Err(kube::Error::Api(status))) if status.code == 409 => self.renewed = None,
            Ok(Err(error)) => {
                tracing::warn!(error = %super::words(&error), "the lease {NAME} cannot be read or written");
            }
            Err(_) => tracing::warn!("the API server does not answer about the lease {NAME}"),
        }
        if self.is_held() != self.was_held {
            self.was_held = self.is_held();
            tracing::info!(held = self.was_held, "duties of status and Events");
        }
    }

    async fn try_renew(&mut self) -> Result<(), kube::Error> {
        let Some(mut object) = self.api.get_opt(NAME).await? else {
            let mut object = Object::default();
            object.metadata.name = Some(NAME.to_owned());
            object.spec = Some(self.next(None));
            self.api.create(&PostParams::default(), &object).await?;
            self.renewed = Some(Instant::now());
            return Ok(());
        };
        let spec = object.spec.take().unwrap_or_default();
        if !self.may_take(&spec) {
            self.renewed = None;
            return Ok(());
        }
        let asked = Instant::now();
        object.spec = Some(self.next(Some(&spec)));
        self.api.replace(NAME, &PostParams::default(), &object).await?;
        self.renewed = Some(asked);
        Ok(())
    }

    /// Whether the lease is this proxy's, or nobody's.
    fn may_take(&mut self, spec: &LeaseSpec) -> bool {
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        if holder.is_empty() || holder == self.identity {
            return true;
        }
        match &self.seen {
            Some((seen, since)) if seen == spec => {
                let said = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
                since.elapsed() > said.map_or(DURATION, Duration::from_secs)
            }
            Some(_) | None => {
                self.seen = Some((spec.clone(), Instant::now()));
                false
            }
        }
    }

    fn next(&self, before: Option<&LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let mine = before.filter(|spec| spec.holder_identity.as_deref() == Some(&self.identity));
        let transitions = before.and_then(|spec| spec.lease_transitions).unwrap_or_default();
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: mine.map_or_else(|| Some(now.clone()), |spec| spec.acquire_time.clone()),
            renew_time: Some(now),
            lease_transitions: Some(transitions + i32::from(before.is_some() && mine.is_none())),
            ..LeaseSpec::default()
        }
    }
}
