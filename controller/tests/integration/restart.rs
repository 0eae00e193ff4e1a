//! A controller that was killed goes on with the same evidence, and repeats and skips nothing.

use weir_api::Track;
use weir_api::status::Phase;
use weir_controller::reconcile::Looked;

use crate::world::{World, key, released};

#[tokio::test]
async fn a_controller_killed_every_other_second_counts_every_request_once_and_repeats_no_step() {
    let mut steady = World::new(released("{image: \"api:v2\"}"));
    let looked = steady.until(|looked| looked.views[&key()].phase == Phase::Promoted).await;
    let events =
        |looked: &Looked| looked.views[&key()].events.iter().map(|e| e.kind.clone()).collect::<Vec<_>>();
    let undisturbed = events(&looked);

    let mut shaken = World::new(released("{image: \"api:v2\"}"));
    for second in 0..600 {
        let looked = shaken.tick().await;
        let view = &looked.views[&key()];
        let counted =
            view.tracks.iter().find(|track| track.track == Track::Canary).map_or(0, |track| track.requests);
        assert_eq!(counted, shaken.served_by_the_canary(), "after {second} s");
        if view.phase == Phase::Promoted {
            assert_eq!(events(&looked), undisturbed);
            return;
        }
        if second % 2 == 0 {
            shaken.restart();
        }
    }
    panic!("never: {:#?}", shaken.memory.status());
}

#[tokio::test]
async fn evidence_that_is_lost_is_gathered_again_and_the_release_goes_on() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.until(|looked| looked.views[&key()].step.as_ref().is_some_and(|step| step.number == 2)).await;
    world.memory.with(|contents| contents.checkpoint = None);
    world.restart();
    let looked = world.tick().await;
    assert_eq!(looked.views[&key()].step.as_ref().unwrap().number, 2, "where it stood");
    let looked = world.until(|looked| looked.views[&key()].phase == Phase::Promoted).await;
    let view = &looked.views[&key()];
    assert!(!view.release.as_ref().unwrap().reason.contains("not every one was proven"), "{view:#?}");
}
