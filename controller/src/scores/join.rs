//! The answers of both judges as one. Pure.

use weir_judge::{Decision, Verdict};

/// What metrics say about a release at the step at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing yet, and why.
    Waits(String),
    /// They pass.
    Passes(String),
    /// They fail.
    Fails(String),
}

/// The answer to requests and metrics together: a fail of either fails, and a pass takes both.
pub(crate) fn join(requests: Verdict, metrics: Option<Standing>) -> Verdict {
    let Some(metrics) = metrics else { return requests };
    let (decision, reason) = match (requests.decision, metrics) {
        (Decision::Fail, _) | (Decision::Insufficient | Decision::NoData, Standing::Passes(_)) => {
            return requests;
        }
        (_, Standing::Fails(why)) => (Decision::Fail, format!("metrics: {why}")),
        (Decision::Pass, Standing::Passes(why)) => {
            (Decision::Pass, format!("{}; metrics: {why}", requests.reason))
        }
        (Decision::Pass, Standing::Waits(why)) => {
            (Decision::Insufficient, format!("requests pass; metrics: {why}"))
        }
        (decision, Standing::Waits(why)) => (decision, format!("{}; metrics: {why}", requests.reason)),
    };
    // Requests alone do not decide it any more.
    let requests_needed = if decision == Decision::Insufficient { None } else { requests.requests_needed };
    Verdict { decision, reason, requests_needed, ..requests }
}

#[cfg(test)]
mod tests {
    use weir_judge::{Criteria, Decision, Sequential, Verdict};

    use super::{Standing, join};

    fn verdict(decision: Decision) -> Verdict {
        let nothing = Sequential::without_intervals(Criteria::default(), Vec::new()).verdict();
        Verdict { decision, reason: "requests".to_owned(), ..nothing }
    }

    #[test]
    fn a_fail_of_either_fails_and_a_pass_takes_both() {
        use Decision::{Fail, Insufficient, NoData, Pass};
        let why = || "why".to_owned();
        let standings = [Standing::Waits(why()), Standing::Passes(why()), Standing::Fails(why())];
        for (requests, expected) in [
            (Pass, [Insufficient, Pass, Fail]),
            (Fail, [Fail, Fail, Fail]),
            (Insufficient, [Insufficient, Insufficient, Fail]),
            (NoData, [NoData, NoData, Fail]),
        ] {
            for (standing, decision) in standings.iter().zip(expected) {
                let joined = join(verdict(requests), Some(standing.clone()));
                assert_eq!(joined.decision, decision, "{requests:?} {standing:?}");
                let tells = joined.reason.contains("metrics: why");
                assert_eq!(tells, joined != verdict(requests), "{joined:?}");
            }
            assert_eq!(join(verdict(requests), None), verdict(requests));
        }
    }
}
