//! Proxies that do not answer, for people who wonder what a release waits for. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use weir_api::Timestamp;

use crate::scrape::Scraped;

/// One that misses a look or two is not worth writing down.
const WORTH_TELLING: Duration = Duration::from_secs(3);
/// More names than this say no more.
const NAMED: usize = 3;

/// Since when proxies do not answer.
#[derive(Debug, Default)]
pub(super) struct Silence(BTreeMap<String, Timestamp>);

impl Silence {
    /// Notes who answered.
    pub(super) fn note(&mut self, scraped: &[Scraped], now: Timestamp) {
        let silent = scraped.iter().filter(|scraped| scraped.report.is_err()).map(|silent| &silent.proxy);
        let since = |name: &String| (name.clone(), self.0.get(name).copied().unwrap_or(now));
        self.0 = silent.map(since).collect();
    }

    /// Who has been silent for a while; the same words for as long as it is the same ones.
    pub(super) fn words(&self, now: Timestamp) -> Option<String> {
        let silent = self.0.iter().filter(|(_, since)| now.since(**since) >= WORTH_TELLING);
        let names: Vec<&str> = silent.map(|(name, _)| name.as_str()).collect();
        let more = names.len().saturating_sub(NAMED);
        let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        match (names.len(), more) {
            (0, _) => None,
            (1, _) => Some(format!("proxy {first} does not answer")),
            (_, 0) => Some(format!("proxies {first} do not answer")),
            (_, more) => Some(format!("proxies {first} and {more} more do not answer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scraped, Silence, Timestamp};
    use crate::scrape::ScrapeError;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_micros(second * 1_000_000)
    }

    fn silent(names: &[&str]) -> Vec<Scraped> {
        let one = |name: &&str| Scraped { proxy: (*name).to_owned(), report: Err(ScrapeError::Status(503)) };
        names.iter().map(one).collect()
    }

    #[test]
    fn a_proxy_is_named_once_it_has_been_silent_for_a_while_and_until_it_answers() {
        let mut silence = Silence::default();
        for (second, names, expected) in [
            (0, &["b"][..], None),
            (2, &["a", "b"], None),
            (3, &["a", "b"], Some("proxy b does not answer")),
            (6, &["a", "b"], Some("proxies a, b do not answer")),
            (7, &["a"], Some("proxy a does not answer")),
            (8, &["a", "b", "c", "d", "e"], Some("proxy a does not answer")),
            (12, &["a", "b", "c", "d", "e"], Some("proxies a, b, c and 2 more do not answer")),
            (13, &[], None),
        ] {
            silence.note(&silent(names), at(second));
            assert_eq!(silence.words(at(second)).as_deref(), expected, "at {second}");
        }
    }
}
