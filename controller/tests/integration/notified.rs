//! Those who are told of releases elsewhere: of what is stored, until they are told, whoever looks.

use weir_api::notification::Notified;
use weir_api::status::Phase;
use weir_controller::notifiers::{Message, Notifiers, Told};
use weir_controller::reconcile::Looked;
use weir_notify::What;

use crate::world::{APP, CANARY, World, catalog, key};

/// A release whose end two hear of, one of whom does not exist.
fn world() -> World {
    let spec =
        "  notifications: [{to: team}, {to: nobody, when: [failed]}]\n  release: {image: \"api:v2\"}\n";
    let mut world = World::new(catalog(&format!("{APP}---{CANARY}{spec}")));
    let text = "notifiers: [{name: team, slack: {url: 'http://127.0.0.1:1/'}}]";
    world.notifiers = Notifiers::parse("notifiers.yaml", text).unwrap();
    world
}

fn told(message: &Message, given_up: Option<&str>) -> Told {
    let (id, to) = (message.event.id.clone(), message.to.clone());
    Told {
        canary: message.canary.clone(),
        notified: Notified { id, to, given_up: given_up.map(str::to_owned) },
    }
}

fn open(looked: &Looked) -> Vec<(&str, What)> {
    looked.messages.iter().map(|message| (message.to.as_str(), message.event.what)).collect()
}

#[tokio::test]
async fn a_message_is_due_until_it_is_told_whichever_controller_looks() {
    let mut world = world();
    let looked = world.until(|looked| !looked.messages.is_empty()).await;
    assert_eq!(open(&looked), [("team", What::Started)]);
    // Another controller finds the same message, which has the same name.
    let id = looked.messages[0].event.id.clone();
    world.restart();
    let looked = world.tick().await;
    assert_eq!((open(&looked), &looked.messages[0].event.id), (vec![("team", What::Started)], &id));
    world.told = vec![told(&looked.messages[0], None)];
    assert_eq!(open(&world.tick().await), []);
    assert_eq!(world.memory.status().notified, [Notified { id, to: "team".to_owned(), given_up: None }]);
    // Neither does one that was not there then.
    world.restart();
    assert_eq!(open(&world.tick().await), []);
    let looked = world.until(|looked| looked.views[&key()].phase == Phase::Promoted).await;
    assert_eq!(open(&looked), [("team", What::Succeeded)]);
}

#[tokio::test]
async fn nobody_hears_of_what_is_not_stored_and_who_cannot_be_told_is_named_once() {
    let mut world = world();
    world.canary_errors_percent = 50;
    world.until(|looked| looked.views[&key()].step.is_some()).await;
    world.memory.with(|contents| contents.is_full = true);
    // The judge gives it up, which is in force, and cannot be stored.
    let memory = world.memory.clone();
    let looked = world.until(|_| memory.with(|contents| contents.statuses.is_empty())).await;
    assert_eq!(open(&looked), [("team", What::Started)]);
    world.memory.with(|contents| contents.is_full = false);
    let looked = world.tick().await;
    assert_eq!(open(&looked), [("team", What::Started), ("team", What::Failed)]);
    world.told =
        vec![told(&looked.messages[0], None), told(&looked.messages[1], Some("127.0.0.1 answered 404"))];
    world.tick().await;
    let looked = world.tick().await;
    assert_eq!(open(&looked), []);
    let events = &looked.views[&key()].events;
    let said: Vec<_> =
        events.iter().filter(|event| event.kind == "NotificationFailed").map(|event| &event.text).collect();
    assert_eq!(
        said,
        [
            "notifier nobody is not told: there is no notifier \"nobody\": there is team",
            "notifier team is not told: 127.0.0.1 answered 404",
        ]
    );
}
