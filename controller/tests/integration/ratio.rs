//! Tracks that do not get what their weights say.

use weir_api::status::Phase;

use crate::world::{APP, World, catalog, key, released};

/// What is told of the shares within a minute in which the canary gets so much of its share.
async fn told(world: &mut World, percent: u64) -> Vec<String> {
    world.until(|looked| looked.views[&key()].phase == Phase::Progressing).await;
    world.canary_gets_percent = percent;
    let mut last = world.tick().await;
    for _ in 0..60 {
        last = world.tick().await;
    }
    let events = last.views[&key()].events.iter().filter(|event| event.kind == "SampleRatioMismatch");
    events.map(|event| event.text.clone()).collect()
}

fn world() -> World {
    World::new(released("{image: \"api:v2\"}"))
}

#[tokio::test]
async fn a_canary_that_gets_half_of_its_share_is_told_of_once_for_each_setting_of_the_weights() {
    let said = told(&mut world(), 50).await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("canary 2.") && said[0].contains(" instead of 5 %"), "{said:?}");
}

#[tokio::test]
async fn what_was_said_is_not_said_again_after_a_restart() {
    let mut world = world();
    assert_eq!(told(&mut world, 50).await.len(), 1);
    world.restart();
    assert_eq!(told(&mut world, 50).await.len(), 1);
}

#[tokio::test]
async fn nothing_is_told_of_shares_that_are_right_or_are_not_drawn() {
    assert_eq!(told(&mut world(), 100).await, Vec::<String>::new());
    let service = "metadata: {name: http, namespace: shop}";
    let sticky = "metadata: {name: http, namespace: shop, annotations: {weir.dev/sticky: cookie}}";
    let app = APP.replace(service, sticky);
    assert_ne!(app, APP);
    let canary = crate::world::CANARY;
    let mut world = World::new(catalog(&format!("{app}---{canary}  release: {{image: \"api:v2\"}}\n")));
    assert_eq!(told(&mut world, 50).await, Vec::<String>::new());
}
