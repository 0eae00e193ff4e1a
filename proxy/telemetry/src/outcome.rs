//! How one request ended, and whose fault it was.
//!
//! Only [`Fault::Upstream`] counts against a canary: a client that goes away or asks for something that does not exist says nothing
//! about the version that answered. A new outcome is a new version of the wire form, because an older reader could not count it.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// How one request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A complete response with a status below 400.
    Success,
    /// A complete response of the upstream with a 4xx status.
    ClientError,
    /// A complete response of the upstream with a 5xx status.
    ServerError,
    /// No connection to the upstream.
    ConnectFailed,
    /// The upstream took longer than a limit allows.
    UpstreamTimeout,
    /// The upstream closed or reset the connection before its response head was complete, or sent one that is no HTTP.
    UpstreamReset,
    /// The response body of the upstream ended before its declared end.
    Truncated,
    /// The client went away, or did not send its request in time or in full.
    ClientAborted,
    /// The proxy could not do its work: overload, a limit of its own, an internal error.
    ProxyError,
}

impl Outcome {
    /// Every outcome, in the order of the enum.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::ClientError,
        Self::ServerError,
        Self::ConnectFailed,
        Self::UpstreamTimeout,
        Self::UpstreamReset,
        Self::Truncated,
        Self::ClientAborted,
        Self::ProxyError,
    ];

    /// Its name in metric labels, reports and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::ClientError => "client_error",
            Self::ServerError => "server_error",
            Self::ConnectFailed => "connect_failed",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::UpstreamReset => "upstream_reset",
            Self::Truncated => "truncated",
            Self::ClientAborted => "client_aborted",
            Self::ProxyError => "proxy_error",
        }
    }

    /// Whose fault it was; `None` for a success.
    #[must_use]
    pub const fn fault(self) -> Option<Fault> {
        match self {
            Self::Success => None,
            Self::ClientError | Self::ClientAborted => Some(Fault::Client),
            Self::ProxyError => Some(Fault::Proxy),
            Self::ServerError
            | Self::ConnectFailed
            | Self::UpstreamTimeout
            | Self::UpstreamReset
            | Self::Truncated => Some(Fault::Upstream),
        }
    }

    /// Whether it counts against the version that answered, or should have.
    #[must_use]
    pub const fn is_upstream_error(self) -> bool {
        matches!(self.fault(), Some(Fault::Upstream))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who is to blame for a request that was no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Whoever sent the request.
    Client,
    /// Weir itself.
    Proxy,
    /// The pod that answered, or should have.
    Upstream,
}

/// Number of requests by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes([u64; Outcome::ALL.len()]);

impl Outcomes {
    /// Counts one request.
    pub fn add(&mut self, outcome: Outcome) {
        self.add_many(outcome, 1);
    }

    /// Counts `requests` that ended alike.
    pub fn add_many(&mut self, outcome: Outcome, requests: u64) {
        if let Some(count) = self.0.get_mut(outcome as usize) {
            *count = count.saturating_add(requests);
        }
    }

    /// Number of requests that ended in `outcome`.
    #[must_use]
    pub fn get(&self, outcome: Outcome) -> u64 {
        // `ALL` has every outcome, so the discriminant is inside the array.
        self.0.get(outcome as usize).copied().unwrap_or(0)
    }

    /// Number of requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |total, &count| total.saturating_add(count))
    }

    /// Number of requests that failed by the upstream's fault: those that count against a canary.
    #[must_use]
    pub fn errors(&self) -> u64 {
        let errors = self.iter().filter(|(outcome, _)| outcome.is_upstream_error());
        errors.fold(0, |total, (_, count)| total.saturating_add(count))
    }

    /// Whether there was no request.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&count| count == 0)
    }

    /// Every outcome with its count, zeros included.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL.into_iter().zip(self.0)
    }

    /// Adds what `other` counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(outcome, count)| self.add_many(outcome, count));
    }

    /// What was counted after `earlier`, a former state of these counts. A count that shrank gives zero: see
    /// [`continues`](Self::continues).
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let mut since = *self;
        since.0.iter_mut().zip(earlier.0).for_each(|(count, before)| *count = count.saturating_sub(before));
        since
    }

    /// Whether this may be a later state of `earlier`: no count went down.
    pub(crate) fn continues(&self, earlier: &Self) -> bool {
        self.0.iter().zip(earlier.0).all(|(&count, before)| count >= before)
    }
}

impl FromIterator<(Outcome, u64)> for Outcomes {
    fn from_iter<I: IntoIterator<Item = (Outcome, u64)>>(counts: I) -> Self {
        let mut outcomes = Self::default();
        counts.into_iter().for_each(|(outcome, requests)| outcomes.add_many(outcome, requests));
        outcomes
    }
}

impl Serialize for Outcomes {
    /// A map from name to count, without zeros.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (outcome, count) in self.iter().filter(|&(_, count)| count > 0) {
            map.serialize_entry(outcome.as_str(), &count)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Outcomes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountsByName;

        impl<'de> Visitor<'de> for CountsByName {
            type Value = Outcomes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from outcome to number of requests")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outcomes, A::Error> {
                let mut outcomes = Outcomes::default();
                while let Some((Named(outcome), count)) = map.next_entry::<Named, u64>()? {
                    outcomes.add_many(outcome, count);
                }
                Ok(outcomes)
            }
        }

        deserializer.deserialize_map(CountsByName)
    }
}

/// An outcome read by its name. One that is not known is an error: dropping it would lose requests silently.
struct Named(Outcome);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let known = Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == name);
        known.map(Self).ok_or_else(|| de::Error::custom(format_args!("unknown outcome {name:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Outcome, Outcomes};

    #[test]
    fn each_outcome_has_its_own_slot_and_its_own_name() {
        for (index, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, index, "{outcome}");
            let same = Outcome::ALL.into_iter().filter(|other| other.as_str() == outcome.as_str());
            assert_eq!(same.count(), 1, "{outcome}");
        }
    }

    #[test]
    fn only_faults_of_the_upstream_count_as_errors() {
        let one_of_each: Outcomes = Outcome::ALL.into_iter().map(|outcome| (outcome, 1)).collect();
        assert_eq!((one_of_each.total(), one_of_each.errors()), (9, 5));
        assert_eq!(Outcome::ClientAborted.fault(), Some(Fault::Client));
        assert_eq!(Outcome::ClientError.fault(), Some(Fault::Client));
        assert_eq!(Outcome::ProxyError.fault(), Some(Fault::Proxy));
        assert_eq!(Outcome::Success.fault(), None);
    }

    #[test]
    fn a_difference_and_a_sum_go_outcome_by_outcome() {
        let earlier: Outcomes = [(Outcome::Success, 5), (Outcome::ServerError, 1)].into_iter().collect();
        let mut later = earlier;
        later.add(Outcome::ServerError);
        assert_eq!(later.since(&earlier), [(Outcome::ServerError, 1)].into_iter().collect());
        assert!(later.continues(&earlier) && !earlier.continues(&later));
        let mut both = earlier;
        both.merge(&later);
        assert_eq!((both.get(Outcome::Success), both.get(Outcome::ServerError)), (10, 3));
    }

    #[test]
    fn text_names_only_what_happened_and_comes_back() {
        let outcomes: Outcomes = [(Outcome::Success, 5), (Outcome::UpstreamTimeout, 1)].into_iter().collect();
        let text = serde_json::to_string(&outcomes).unwrap();
        assert_eq!(text, r#"{"success":5,"upstream_timeout":1}"#);
        assert_eq!(serde_json::from_str::<Outcomes>(&text).unwrap(), outcomes);
    }

    #[test]
    fn an_outcome_that_is_not_known_is_refused_by_name() {
        let error = serde_json::from_str::<Outcomes>(r#"{"meteor":1}"#).unwrap_err().to_string();
        assert!(error.contains(r#"unknown outcome "meteor""#), "{error}");
    }
}
