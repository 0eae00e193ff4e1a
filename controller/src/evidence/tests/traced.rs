//! What the judge was given is kept with the evidence, and says again what the judge said.

use super::{EPOCH, interval, look, recent, state};
use crate::evidence::{Evidence, Scope};
use weir_api::Timestamp;
use weir_judge::{Block, Criteria, Decision};

#[test]
fn a_release_that_is_judged_again_fails_and_passes_where_it_did() {
    for (failed, known_after) in [(0, 0), (0, 5), (3, 0), (3, 5), (60, 9)] {
        let mut evidence = Evidence::new(&Criteria::default());
        let (state, mut said) = (state(), Vec::new());
        for second in 0..40_u16 {
            let stable = recent(if usize::from(second) < known_after { 99 } else { 1000 });
            let scope = Scope { canary: "shop/api", service: "shop/api", state: &state };
            let now = Timestamp::from_unix_micros(i64::from(second) * 1_000_000);
            evidence.observe(
                scope,
                &[interval("p", Some(EPOCH), (200 - failed, failed), (200, 0))],
                &stable,
                now,
            );
            said.push((now, evidence.verdict().decision));
            evidence = serde_json::from_str(&serde_json::to_string(&evidence).unwrap()).unwrap();
        }
        let case = format!("{failed} of 200 fail, thresholds after {known_after} s");
        let first = |wanted| said.iter().find(|(_, decision)| *decision == wanted).map(|(at, _)| *at);
        let (trace, answers) = evidence.trace().unwrap();
        assert_eq!(answers.fail.map(|moment| moment.at), first(Decision::Fail), "{case}");
        assert_eq!(answers.pass.map(|moment| moment.at), first(Decision::Pass), "{case}");
        assert_eq!(first(Decision::Fail).is_some(), failed > 0, "{case}");
        let judge = evidence.sequential();
        assert_eq!(trace.replay(judge.criteria(), judge.thresholds()), *answers, "{case}");
        let seen = answers.fail.or(answers.pass).unwrap();
        assert_eq!(seen.canary_errors * 200, seen.canary_requests * failed, "{case}");
    }
}

#[test]
fn a_fail_on_errors_stays_one_when_latencies_become_known() {
    let mut evidence = Evidence::new(&Criteria::default());
    for _ in 0..9 {
        look(&mut evidence, &[interval("p", Some(EPOCH), (140, 60), (200, 0))], &recent(99));
    }
    assert_eq!(evidence.verdict().decision, Decision::Fail);
    look(&mut evidence, &[], &recent(1000));
    assert_eq!(evidence.verdict().decision, Decision::Fail);
}

#[test]
fn a_checkpoint_of_before_traces_is_gone_on_from_and_does_not_pretend_to_have_one() {
    for (known, has_trace) in [(99, true), (1000, false)] {
        let mut evidence = Evidence::new(&Criteria::default());
        for failed in [0, 2] {
            look(
                &mut evidence,
                &[interval("p", Some(EPOCH), (10 - failed, failed), (10, 0))],
                &recent(known),
            );
        }
        // It kept blocks until thresholds were known, and none afterwards.
        let blocks: Vec<Block> =
            evidence.trace().unwrap().0.blocks().map(|(_, block)| block.clone()).collect();
        let mut stored = serde_json::to_value(&evidence).unwrap();
        let older = stored.as_object_mut().unwrap();
        older.remove("trace");
        older.remove("answers");
        older.insert("pending".to_owned(), serde_json::to_value(has_trace.then_some(blocks)).unwrap());
        let mut restored: Evidence = serde_json::from_value(stored).unwrap();
        look(&mut restored, &[interval("p", Some(EPOCH), (10, 0), (10, 0))], &recent(1000));
        let errors = restored.verdict().metrics[0].canary;
        assert_eq!((errors.k, errors.n), (2, 20), "what was known goes on");
        let again: Evidence = serde_json::from_str(&serde_json::to_string(&restored).unwrap()).unwrap();
        assert_eq!(again.trace().is_some(), has_trace);
    }
}
