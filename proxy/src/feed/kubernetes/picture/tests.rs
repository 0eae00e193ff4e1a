//! Signals in, updates and questions out.

use k8s_openapi::api::core::v1::Secret;

use super::*;

const KEY: &str = "shop/users";

/// Everything was listed: one Ingress that names a Secret.
fn picture() -> Picture {
    let options = KubernetesArgs { ingress_without_class: true, ..KubernetesArgs::default() };
    let mut picture = Picture::new(&options, false);
    let secret = Named::Secret(KEY.into());
    for kind in [Kind::IngressClass, Kind::Service, Kind::EndpointSlice, Kind::Canary] {
        assert!(picture.take(Signal::Begins(kind)).is_empty() && !picture.is_due(Instant::now()));
        let asks = picture.take(Signal::Listed(kind));
        assert_eq!(asks == [Ask::Ingresses], kind == Kind::IngressClass, "{kind:?}: {asks:?}");
    }
    let mut ingress = Ingress::default();
    (ingress.metadata.namespace, ingress.metadata.name) = (Some("shop".into()), Some("web".into()));
    let annotations = [("auth-type", "basic"), ("auth-secret", "users")]
        .map(|(name, value)| (format!("nginx.ingress.kubernetes.io/{name}"), value.to_owned()));
    ingress.metadata.annotations = Some(annotations.into());
    let asks = picture.take(Signal::Is(Object::Ingress("shop/web".into(), Box::new(ingress))));
    assert_eq!(asks, [Ask::Kind(secret)]);
    assert!(picture.take(Signal::Listed(Kind::Ingress)).is_empty());
    picture
}

fn seen(picture: &mut Picture) -> Vec<Ask> {
    picture.take(Signal::Is(Object::Seen(Named::Secret(KEY.into()))))
}

fn read(picture: &mut Picture) {
    let read = Object::Secret(KEY.into(), Some(Box::new(Secret::default())));
    assert!(picture.take(Signal::Is(read)).is_empty());
}

#[test]
fn the_first_update_waits_for_what_is_named_and_later_ones_for_a_while() {
    let (mut picture, now) = (picture(), Instant::now());
    assert_eq!(seen(&mut picture), [Ask::Content(Named::Secret(KEY.into()))]);
    picture.take(Signal::Listed(Kind::Secret));
    assert!(!picture.is_due(now) && !picture.is_due(now + HELD * 9), "the first is everything");
    read(&mut picture);
    assert!(picture.is_due(now));
    let given = picture.give();
    assert_eq!((given.ingresses.len(), given.secrets.len()), (1, 1));
    assert!(!picture.is_due(now), "nothing is new");
    assert_eq!(seen(&mut picture).len(), 1);
    picture.take(Signal::Gone(Kind::Service, "shop/web".into()));
    assert!(!picture.is_due(now) && picture.held() == Some(now + HELD));
    assert!(picture.is_due(now + HELD));
    assert!(picture.give().secrets.is_empty() && picture.held().is_none());
}

#[test]
fn what_cannot_be_read_does_not_keep_changes_waiting() {
    let (mut picture, now) = (picture(), Instant::now());
    picture.take(Signal::Listed(Kind::Secret));
    assert!(picture.is_due(now));
    picture.give();
    assert_eq!(seen(&mut picture).len(), 1);
    picture.take(Signal::Failed(Kind::Secret, "forbidden".to_owned()));
    assert!(picture.is_due(now));
    assert_eq!(picture.give().problems.len(), 1);
    picture.take(Signal::Resumed(Kind::Secret));
    assert!(picture.is_due(now), "that it works again is news, although nobody changes one");
    assert!(picture.give().problems.is_empty());
}
