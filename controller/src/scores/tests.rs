//! Windows, answers, and what they say at a step.

use std::time::Duration;

use weir_api::Timestamp;
use weir_judge::kayenta::plan::Window;
use weir_rollout::policy::Metrics;

use super::{Answer, Judged, ScoreVerdict, Scores, Standing};
use crate::catalog::Key;

fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_micros(second * 1_000_000)
}

fn metrics(lookback: Option<u64>) -> Metrics {
    Metrics {
        canary_config: "config".to_owned(),
        interval: Duration::from_mins(1),
        delay: Duration::from_secs(10),
        lookback: lookback.map(Duration::from_secs),
        step: Duration::from_secs(10),
        score_thresholds: None,
        scope: weir_api::metric_analysis::MetricScope::default(),
    }
}

fn answer(number: u64, judged: Result<(ScoreVerdict, i64), &str>) -> Answer {
    let judged = judged.map(|(verdict, end)| Judged {
        number,
        start: at(0),
        end: at(end),
        score: 80.0,
        verdict,
        reason: String::new(),
        metrics: Vec::new(),
    });
    let judged = judged.map_err(str::to_owned);
    Answer { canary: Key::new("shop", "release"), release: at(0), number, judged }
}

#[test]
fn windows_begin_with_the_canarys_first_request_and_after_an_outage_the_latest_is_judged() {
    let metrics = metrics(None);
    let mut scores = Scores::default();
    assert_eq!(scores.due(&metrics, at(1_000)), None, "nothing has been answered");
    scores.begin(at(100));
    scores.begin(at(150));
    assert_eq!(scores.due(&metrics, at(169)), None);
    let window = |start: i64, end: i64| Window { start_millis: start * 1000, end_millis: end * 1000 };
    assert_eq!(scores.due(&metrics, at(170)), Some((1, window(110, 170))));
    assert_eq!(scores.due(&metrics, at(171)), None, "it is being asked for");
    assert!(scores.take(&answer(1, Err("unreachable")), at(172)).is_some());
    assert_eq!(scores.take(&answer(1, Err("unreachable")), at(173)), None, "told once");
    assert_eq!(scores.due(&metrics, at(182)), None);
    assert_eq!(scores.due(&metrics, at(183)), Some((1, window(110, 170))), "once more");
    assert_eq!(scores.due(&metrics, at(420)), Some((5, window(110, 410))));
    assert!(scores.take(&answer(5, Ok((ScoreVerdict::Pass, 410))), at(421)).is_some());
    assert_eq!(
        scores.take(&answer(1, Ok((ScoreVerdict::Pass, 170))), at(422)),
        None,
        "an earlier one came late"
    );
    assert_eq!(scores.due(&metrics, at(469)), None);
    assert_eq!(scores.due(&self::metrics(Some(120)), at(470)), Some((6, window(350, 470))));
}

#[test]
fn a_step_passes_by_a_judgement_that_ended_in_it_and_by_no_failure() {
    let metrics = metrics(None);
    let mut scores = Scores::default();
    scores.begin(at(0));
    let waits = |scores: &Scores, since: i64, word: &str| {
        let standing = scores.standing(&metrics, at(since));
        assert!(matches!(&standing, Standing::Waits(why) if why.contains(word)), "{word}: {standing:?}");
    };
    waits(&scores, 0, "for the first time after 1m10s");
    scores.take(&answer(1, Err("cannot be asked")), at(70));
    waits(&scores, 0, "cannot be asked");
    scores.take(&answer(1, Ok((ScoreVerdict::Marginal, 70))), at(71));
    waits(&scores, 0, "score 80 of 100 marginal");
    scores.take(&answer(2, Ok((ScoreVerdict::Pass, 130))), at(131));
    assert!(matches!(scores.standing(&metrics, at(130)), Standing::Passes(_)));
    waits(&scores, 131, "before this step");
    scores.take(&answer(3, Err("cannot be asked")), at(190));
    waits(&scores, 130, "cannot be asked");
    scores.take(&answer(3, Ok((ScoreVerdict::Fail, 190))), at(191));
    assert!(matches!(scores.standing(&metrics, at(130)), Standing::Fails(_)));
}

#[test]
fn what_is_known_survives_a_restart_and_stays_small() {
    let mut scores = Scores::default();
    scores.begin(at(0));
    for number in 1..=100 {
        scores.take(&answer(number, Ok((ScoreVerdict::Marginal, 0))), at(0));
    }
    assert_eq!(scores.judged().len(), super::MOST);
    let text = serde_json::to_string(&scores).unwrap();
    let mut restored: Scores = serde_json::from_str(&text).unwrap();
    assert_eq!(restored, scores);
    assert!(restored.due(&metrics(None), at(100 * 60 + 10)).is_none());
    assert_eq!(restored.due(&metrics(None), at(101 * 60 + 10)).map(|(number, _)| number), Some(101));
}
