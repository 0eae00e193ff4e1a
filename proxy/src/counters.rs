//! What one worker counts besides requests of routes. One writer, any reader, no lock.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use weir_routing::policy::{Denial, Reason};

use crate::error::Refusal;

/// Counters of one worker.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Connections accepted.
    pub(crate) accepted: Count,
    /// Connections open.
    pub(crate) open: Count,
    /// Connections closed at once because there were too many.
    pub(crate) over_limit: Count,
    /// Connections closed because nobody who may said who the client is, in the order of [`Unintroduced::NAMES`].
    pub(crate) unintroduced: [Count; Unintroduced::NAMES.len()],
    /// TLS handshakes that failed.
    pub(crate) handshake_failed: Count,
    /// Connections cut, in the order of [`Cut::NAMES`].
    pub(crate) cut: [Count; Cut::NAMES.len()],
    /// Requests refused, in the order of [`Refusal::NAMES`].
    pub(crate) refused: [Count; Refusal::NAMES.len()],
    /// Requests that were sent elsewhere, in the order of [`Reason::ALL`].
    pub(crate) redirected: [Count; Reason::ALL.len()],
    /// Requests that the policy of their route refused, in the order of [`Denial::ALL`].
    pub(crate) denied: [Count; Denial::ALL.len()],
    /// What became of requests that somebody was asked about, in the order of [`AuthOutcome::ALL`].
    pub(crate) auth: [Count; AuthOutcome::ALL.len()],
    /// Of them, those whose answer was remembered.
    pub(crate) auth_remembered: Count,
    /// Requests that went to another track because theirs had no ready endpoint.
    pub(crate) stood_in: Count,
    /// Requests that went to stable because the canary had failed too much.
    pub(crate) kept_off: Count,
    /// Copies of requests for mirrors, in the order of [`Mirrored::ALL`].
    pub(crate) mirrored: [Count; Mirrored::ALL.len()],
    /// Connections made to endpoints.
    pub(crate) connects: Count,
    /// Connections to endpoints that could not be made.
    pub(crate) connects_failed: Count,
    /// Of these, what TLS was to blame for, in the order of [`TlsFault::NAMES`].
    pub(crate) upstream_tls: [Count; TlsFault::NAMES.len()],
}

impl Counters {
    /// Counts a connection that is cut.
    pub(crate) fn connection_cut(&self, cut: Cut) {
        let number = match cut {
            Cut::Idle => 0,
            Cut::SlowHead => 1,
            Cut::WriteStall => 2,
            Cut::Abuse => 3,
        };
        if let Some(count) = self.cut.get(number) {
            count.raise();
        }
    }

    /// Counts a request that is sent elsewhere.
    pub(crate) fn redirect(&self, reason: Reason) {
        raise(&self.redirected, &Reason::ALL, &reason);
    }

    /// Counts a request that the policy of its route refuses.
    pub(crate) fn denial(&self, denial: Denial) {
        raise(&self.denied, &Denial::ALL, &denial);
    }

    /// Counts a request that somebody was asked about.
    pub(crate) fn auth(&self, outcome: AuthOutcome) {
        raise(&self.auth, &AuthOutcome::ALL, &outcome);
    }

    /// Counts a connection whose client nobody has introduced.
    pub(crate) fn unintroduced(&self, why: Unintroduced) {
        if let Some(count) = self.unintroduced.get(why.number()) {
            count.raise();
        }
    }

    /// Counts a connection to an endpoint that TLS was to blame for.
    pub(crate) fn upstream_tls_failed(&self, fault: TlsFault) {
        let number = match fault {
            TlsFault::Handshake => 0,
            TlsFault::Certificate => 1,
            TlsFault::Secret => 2,
        };
        if let Some(count) = self.upstream_tls.get(number) {
            count.raise();
        }
    }

    /// Counts a copy of a request.
    pub(crate) fn mirrored(&self, mirrored: Mirrored) {
        raise(&self.mirrored, &Mirrored::ALL, &mirrored);
    }

    /// Counts a refused request.
    pub(crate) fn refusal(&self, refusal: Refusal) {
        if let Some(count) = self.refused.get(refusal.number()) {
            count.raise();
        }
    }
}

/// Raises the count that stands where `one` stands in `all`.
fn raise<T: PartialEq>(counts: &[Count], all: &[T], one: &T) {
    let place = all.iter().position(|known| known == one);
    if let Some(count) = place.and_then(|place| counts.get(place)) {
        count.raise();
    }
}

/// Why a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing came for too long: the connection is closed without a word.
    Idle,
    /// A header section took too long.
    SlowHead,
    /// The client does not take what it is sent.
    WriteStall,
    /// Control frames without end, or resets without end.
    Abuse,
}

impl Cut {
    /// Names in metric labels.
    pub(crate) const NAMES: [&'static str; 4] = ["idle", "slow_head", "write_stall", "abuse"];
}

/// What becomes of a request that somebody is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthOutcome {
    /// It goes on.
    Allowed,
    /// It is refused.
    Denied,
    /// Its client is sent to sign in.
    Signin,
    /// There is no answer that says any of that.
    Failed,
}

impl AuthOutcome {
    /// Every outcome.
    pub(crate) const ALL: [Self; 4] = [Self::Allowed, Self::Denied, Self::Signin, Self::Failed];

    /// Name in metric labels.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Signin => "signin",
            Self::Failed => "failed",
        }
    }
}

/// What became of the copy of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mirrored {
    /// The mirror has answered, whatever.
    Answered,
    /// It has not, or it could not be reached.
    Failed,
    /// It was not sent: the body is too large.
    TooLarge,
    /// It was not sent: too many copies are on their way already.
    Busy,
    /// It was not sent: the request's body did not come to its end.
    Broken,
    /// It was not sent: it was for a release whose canary or baseline has no ready endpoint.
    Unready,
}

impl Mirrored {
    /// All of them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Answered, Self::Failed, Self::TooLarge, Self::Busy, Self::Broken, Self::Unready];

    /// Its name in metric labels.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::TooLarge => "dropped_too_large",
            Self::Busy => "dropped_busy",
            Self::Broken => "dropped_broken",
            Self::Unready => "dropped_unready",
        }
    }
}

/// Why a connection that begins without a header of the PROXY protocol is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unintroduced {
    /// Its first bytes are none.
    Invalid,
    /// Whoever sends it is not believed.
    Untrusted,
    /// It did not come in time.
    Timeout,
}

impl Unintroduced {
    /// Names in metric labels, in the order of [`Self::number`].
    pub(crate) const NAMES: [&'static str; 3] = ["invalid", "untrusted", "timeout"];

    fn number(self) -> usize {
        match self {
            Self::Invalid => 0,
            Self::Untrusted => 1,
            Self::Timeout => 2,
        }
    }

    /// For people.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "it does not begin with a header of the PROXY protocol",
            Self::Untrusted => "its address may not send headers of the PROXY protocol",
            Self::Timeout => "no header of the PROXY protocol came in time",
        }
    }
}

/// Why there is no TLS connection to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsFault {
    /// The handshake failed.
    Handshake,
    /// The endpoint's certificate is not what is asked for.
    Certificate,
    /// The proxy lacks what it needs for the handshake.
    Secret,
}

impl TlsFault {
    /// Names in metric labels.
    pub(crate) const NAMES: [&'static str; 3] = ["handshake", "certificate", "secret"];
}

/// A number that one thread writes and others read.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// One more.
    pub(crate) fn raise(&self) {
        self.0.store(self.0.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// One less.
    pub(crate) fn lower(&self) {
        self.0.store(self.0.load(Relaxed).saturating_sub(1), Relaxed);
    }

    /// The number now.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
