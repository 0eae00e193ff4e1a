//! Answers that are remembered.

use super::{Decider, ask, outcomes, proxy};
use crate::support::eventually;
use crate::support::upstream::Upstream;

#[tokio::test]
async fn an_answer_is_remembered_for_its_key_and_status() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let annotations = [
        ("auth-cache-key", "$cookie_s$http_authorization"),
        ("auth-cache-duration", "200 403 1h, 401 1h"),
        ("auth-response-headers", "X-User"),
        ("auth-signin", "/start"),
    ];
    let proxy = proxy(&web, &decider.url("/"), &annotations, &[]).await;
    for _ in 0..3 {
        let reply = ask(&proxy, "/a", &[("Cookie", "s=1"), ("X-As", "ann")]).await;
        assert!(reply.text().contains("\nx-user: ann\n"), "{}", reply.text());
        let reply = ask(&proxy, "/a", &[("Cookie", "s=2"), ("X-As", "bob"), ("X-User", "eve")]).await;
        assert!(reply.text().contains("\nx-user: bob\n"), "{}", reply.text());
        let reply = ask(&proxy, "/b", &[("Cookie", "s=3"), ("X-Do", "401")]).await;
        // Who asks again is sent back to what it asks for now.
        assert_eq!((reply.status, reply.header("location")), (302, Some("/start?rd=http://h%2Fb")));
        let reply = ask(&proxy, "/c", &[("Cookie", "s=3"), ("X-Do", "401")]).await;
        assert_eq!((reply.status, reply.header("location")), (302, Some("/start?rd=http://h%2Fc")));
        let reply = ask(&proxy, "/", &[("Authorization", "x"), ("X-Do", "403")]).await;
        assert_eq!((reply.status, reply.text().as_str()), (403, "<p>who are you?</p>"));
    }
    assert_eq!(decider.count(), 4);
    assert_eq!(outcomes(&proxy).await, [6, 3, 6, 0]);
    assert_eq!(proxy.metric("weir_auth_remembered_total").await, 11);
}

#[tokio::test]
async fn what_may_not_be_remembered_is_asked_each_time() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let annotations = [("auth-cache-key", "$remote_addr"), ("auth-cache-duration", "200 1h")];
    let proxy = proxy(&web, &decider.url("/"), &annotations, &[]).await;
    for headers in [("X-Bake", "1"), ("X-Do", "403"), ("X-Do", "500")] {
        let before = decider.count();
        for _ in 0..2 {
            ask(&proxy, "/", &[headers]).await;
        }
        assert_eq!(decider.count(), before + 2, "{headers:?}");
    }
    // Without a key nothing is.
    let proxy = self::proxy(&web, &decider.url("/"), &[("auth-cache-duration", "200 1h")], &[]).await;
    let before = decider.count();
    for _ in 0..2 {
        ask(&proxy, "/", &[]).await;
    }
    assert_eq!(decider.count(), before + 2);
}

#[tokio::test]
async fn an_answer_is_forgotten_when_its_time_has_passed() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let annotations = [("auth-cache-key", "$remote_addr"), ("auth-cache-duration", "200 50ms")];
    let proxy = proxy(&web, &decider.url("/"), &annotations, &[]).await;
    assert_eq!(ask(&proxy, "/", &[]).await.status, 200);
    let refused = [("X-Do", "403")];
    eventually("it is asked again", || async {
        (ask(&proxy, "/", &refused).await.status == 403).then_some(())
    })
    .await;
}
