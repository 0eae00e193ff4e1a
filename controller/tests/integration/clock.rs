//! The machine's clock is set, forward and back, while something is being released.

use weir_api::Track;
use weir_api::status::{Phase, ReleaseOutcome};
use weir_controller::reconcile::Looked;

use crate::world::{World, key, released};

const HOUR: i64 = 3_600;
/// Seconds that pods may take, where a Canary does not say: ten minutes.
const DEADLINE: i64 = 600;

fn phase(looked: &Looked) -> Phase {
    looked.views[&key()].phase
}

/// Seconds from the beginning of a release whose pods are never ready to its end, with the clock set by `jump` after `after` seconds.
async fn given_up_after(after: i64, jump: i64, restarts: bool) -> i64 {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.memory.with(|contents| contents.broken = vec![Track::Canary]);
    for second in 1.. {
        let looked = world.tick().await;
        if matches!(phase(&looked), Phase::Draining | Phase::Aborted) {
            return second;
        }
        if second == after {
            world.jump = jump;
            if restarts {
                world.restart();
            }
        }
    }
    unreachable!("it counts for ever")
}

#[tokio::test]
async fn a_deadline_is_as_long_as_it_is_whatever_the_clock_says() {
    let usual = given_up_after(100, 0, false).await;
    assert!((DEADLINE..DEADLINE + 5).contains(&usual), "{usual}");
    for jump in [HOUR, -HOUR, 20, -20] {
        assert_eq!(given_up_after(100, jump, false).await, usual, "set by {jump} s");
    }
    // A controller that begins after that does not know for how long there was none.
    let late = given_up_after(100, -HOUR, true).await;
    assert!((usual..usual + 105).contains(&late), "set back while no controller ran: {late}");
}

#[tokio::test]
async fn evidence_goes_on_when_the_clock_is_set_back() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.until(|looked| phase(looked) == Phase::Progressing).await;
    world.jump = -HOUR;
    let looked = world.until(|looked| matches!(phase(looked), Phase::Promoted | Phase::Aborted)).await;
    let release = looked.views[&key()].release.as_ref().unwrap();
    assert_eq!(release.outcome, Some(ReleaseOutcome::Promoted), "{release:?}");
    let seen: u64 = looked.views[&key()]
        .tracks
        .iter()
        .filter(|track| track.track == Track::Canary)
        .map(|track| track.requests)
        .sum();
    assert!(seen * 10 >= world.served_by_the_canary() * 9, "{seen} of {}", world.served_by_the_canary());
}
