//! A release judged again says what it said, where it said it; other criteria say it earlier or later.

use weir_judge::replay::{Answers, replay};
use weir_judge::{Block, Criteria, Decision, Sequential, Threshold};

use crate::traffic::{Latency, Load, release, thresholds};

/// Five minutes of a release whose canary fails more from `onset` on, and its thresholds.
fn blocks(number: u64, onset: u64, errors: f64) -> (Vec<Threshold>, Vec<Block>) {
    let mut rng = release(11, number);
    let thresholds = thresholds(&mut rng, Latency::HEALTHY, 2_400);
    let block = |second: u64| {
        let errors = if second >= onset { errors } else { 0.005 };
        Block {
            control: Load::healthy(20.0).block(&mut rng, &thresholds),
            canary: Load { errors, ..Load::healthy(20.0) }.block(&mut rng, &thresholds),
            stable: (!second.is_multiple_of(3)).then(|| Load::healthy(60.0).errors_only(&mut rng)),
        }
    };
    let blocks = (0..300).map(block).collect();
    (thresholds, blocks)
}

#[test]
fn a_replay_with_the_criteria_of_the_release_decides_at_the_same_block() {
    let mut decided = (0, 0);
    for number in 0..6 {
        let (onset, errors) = if number % 2 == 0 { (30, 0.2) } else { (300, 0.0) };
        let (thresholds, blocks) = blocks(number, onset, errors);
        // As the controller judges it: with intervals, and saved in between.
        let mut judge = Sequential::new(Criteria::default(), thresholds.clone());
        let mut said: Answers<usize> = Answers::default();
        for (index, block) in blocks.iter().enumerate() {
            judge.observe(block);
            said.see(judge.verdict().decision, index, block);
            judge = serde_json::from_str(&serde_json::to_string(&judge).unwrap()).unwrap();
        }
        let again = replay(&Criteria::default(), &thresholds, blocks.iter().enumerate());
        assert_eq!(again, said, "release {number}");
        decided.0 += usize::from(said.fail.is_some());
        decided.1 += usize::from(said.pass.is_some());
        if let Some(fail) = said.fail {
            let until: u64 = blocks[..=fail.at].iter().map(|block| block.canary.requests).sum();
            assert_eq!(fail.canary_requests, until);
        }
    }
    assert_eq!(decided.0, 3, "every second release fails");
    assert!(decided.1 >= 1, "{decided:?}");
}

#[test]
fn a_judge_that_wants_to_be_surer_answers_later_and_one_that_allows_more_does_not_fail() {
    let (thresholds, blocks) = blocks(1, 30, 0.2);
    let with = |change: &dyn Fn(&mut Criteria)| {
        let mut criteria = Criteria::default();
        change(&mut criteria);
        replay(&criteria, &thresholds, blocks.iter().enumerate())
    };
    let usual = with(&|_| ()).fail.unwrap();
    let surer = with(&|criteria| criteria.alpha = 1e-6).fail.unwrap();
    assert!(surer.at > usual.at && surer.canary_requests > usual.canary_requests, "{usual:?} {surer:?}");
    let lenient = with(&|criteria| criteria.errors.as_mut().unwrap().margin.absolute = 0.5);
    assert_eq!((lenient.fail, lenient.decision()), (None, Decision::Insufficient));
}

#[test]
fn a_pass_is_told_even_where_a_fail_comes_after_it() {
    let (thresholds, blocks) = blocks(5, 200, 0.4);
    let answers = replay(&Criteria::default(), &thresholds, blocks.iter().enumerate());
    let (pass, fail) = (answers.pass.unwrap(), answers.fail.unwrap());
    assert!(pass.at < 200 && fail.at >= 200, "{answers:?}");
    assert_eq!(answers.decision(), Decision::Fail);
    let nothing = replay(&Criteria::default(), &thresholds, std::iter::empty::<((), &Block)>());
    assert_eq!(nothing.decision(), Decision::NoData);
}
