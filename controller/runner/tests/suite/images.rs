//! Tags of images: in the registry of the distribution, and in one that does as it is told.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::registry::{Registry, program};
use crate::server::{Asked, Reply, Server, json};
use crate::triggered::{NOTHING, Triggered, file, until};

/// A pipeline for an image of the registry at this address.
async fn world(at: &str, further: &str) -> Triggered {
    let trigger =
        format!("{{image: {{repository: '{at}/acme/cart', insecure: true, every: 10s, {further}}}}}");
    let world = Triggered::new(&[("shop.yaml", file("shop", &trigger, NOTHING))]).await;
    assert_eq!(world.problems, []);
    world
}

fn secret(world: &Triggered, values: &[(&str, &str)]) {
    let folder = world.folder.path().join("secrets/team");
    std::fs::create_dir_all(&folder).unwrap();
    for (key, value) in values {
        std::fs::write(folder.join(key), value).unwrap();
    }
}

/// What started each run: tag, digest, and what the tag stood for before.
fn started(world: &Triggered) -> Vec<[Value; 3]> {
    let of = |run: &String| ["tag", "digest", "previousDigest"].map(|key| world.trigger(run)[key].clone());
    world.runs().iter().map(of).collect()
}

#[tokio::test]
async fn a_new_tag_starts_a_run_and_so_does_one_that_is_pushed_anew() {
    let Some(program) = program() else { return };
    let registry = Registry::start(&program, false).await;
    registry.push("acme/cart", "v1.0.0", "first").await;
    let world = world(&registry.at, "range: '>=1'").await;
    world.triggers.look().await;
    assert_eq!(world.runs(), [""; 0], "what was there before starts nothing");
    let second = registry.push("acme/cart", "v1.1.0", "second").await;
    registry.push("acme/cart", "latest", "second").await;
    registry.push("acme/cart", "v0.9.0", "old").await;
    world.triggers.look().await;
    world.triggers.look().await;
    assert_eq!(started(&world), [[json!("v1.1.0"), json!(second), json!(null)]]);
    let trigger = world.trigger("shop-1");
    let image = format!("{}/acme/cart", registry.at);
    assert_eq!((&trigger["type"], &trigger["repository"]), (&json!("docker"), &json!(image)));
    assert_eq!(trigger["image"], json!(format!("{image}@{second}")));

    // The same tag again: with something else, and then with what it stood for before.
    let third = registry.push("acme/cart", "v1.1.0", "third").await;
    world.triggers.look().await;
    registry.push("acme/cart", "v1.1.0", "second").await;
    world.triggers.look().await;
    world.triggers.look().await;
    let moved =
        [[json!("v1.1.0"), json!(third), json!(second)], [json!("v1.1.0"), json!(second), json!(third)]];
    assert_eq!(started(&world)[1..], moved);
}

#[tokio::test]
async fn who_was_away_sees_new_tags_once_and_with_a_password() {
    let Some(program) = program() else { return };
    let registry = Registry::start(&program, true).await;
    registry.push("acme/cart", "1", "first").await;
    let world = world(&registry.at, "credentials: team").await;
    world.triggers.look().await;
    secret(&world, &[("username", "robin"), ("password", "wrong")]);
    world.triggers.look().await;
    assert!(!world.kept().contains("acme/cart"), "nobody told anything");
    secret(&world, &[("password", "letmein")]);
    world.triggers.look().await;
    let kept = world.kept();
    let folder = world.close().await;
    let second = registry.push("acme/cart", "2", "second").await;
    let world = Triggered::open(folder).await;
    world.triggers.look().await;
    assert_eq!(started(&world), [[json!("2"), json!(second), json!(null)]]);
    world.over("shop-1").await;
    assert!(!world.kept().contains("letmein"), "{}", world.kept());
    // Killed before it was stored what the registry has: the run's token tells.
    let folder = world.close().await;
    std::fs::write(folder.path().join("triggers.json"), kept).unwrap();
    let world = Triggered::open(folder).await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["shop-1"]);
}

/// A registry that gives one tag a page, by tokens that its own realm gives to `robin`.
fn paged(tags: &[&str], asked: &Asked) -> Reply {
    let host = asked.header("host");
    if let Some(query) = asked.path.strip_prefix("/token?") {
        assert_eq!(asked.header("authorization"), "Basic cm9iaW46bGV0bWVpbg==");
        assert_eq!(query, "service=cart&scope=repository%3Aacme%2Fcart%3Apull");
        return json(200, &json!({"token": "for-a-while"}));
    }
    if asked.header("authorization") != "Bearer for-a-while" {
        let field = format!("www-authenticate: Bearer realm=\"http://{host}/token\",service=\"cart\"\r\n");
        return Some((401, field.leak(), String::new()));
    }
    if let Some(tag) = asked.path.strip_prefix("/v2/acme/cart/manifests/") {
        assert_eq!(asked.method, "HEAD");
        return Some((200, format!("docker-content-digest: sha256:{tag}\r\n").leak(), String::new()));
    }
    let last = asked.path.split_once("last=").map(|(_, last)| last);
    let index = last.map_or(0, |last| tags.iter().position(|tag| *tag == last).unwrap() + 1);
    let link = format!("link: </v2/acme/cart/tags/list?n=1&last={}>; rel=\"next\"\r\n", tags[index]);
    let link = if index + 1 < tags.len() { link.leak() } else { "" };
    Some((200, link, json!({"name": "acme/cart", "tags": [tags[index]]}).to_string()))
}

fn at(server: &Server) -> &str {
    server.url.trim_start_matches("http://")
}

#[tokio::test]
async fn all_pages_are_read_with_a_token() {
    let server = Server::new(|number, asked| {
        let tags: &[&str] = if number < 8 { &["a", "b", "c"] } else { &["a", "b", "c", "d"] };
        paged(tags, asked)
    })
    .await;
    let world = world(at(&server), "credentials: team").await;
    let auths =
        json!({"auths": {at(&server): {"auth": "cm9iaW46bGV0bWVpbg=="}, "ghcr.io": {"auth": "eDp5"}}});
    secret(&world, &[(".dockerconfigjson", &auths.to_string())]);
    world.triggers.look().await;
    // Refused, a token, three pages, and what three tags stand for.
    assert_eq!((server.asked().len(), world.runs()), (8, vec![]));
    world.triggers.look().await;
    assert_eq!(started(&world), [[json!("d"), json!("sha256:d"), json!(null)]]);
}

#[tokio::test]
async fn a_list_that_goes_on_elsewhere_takes_no_password_along() {
    let other = Server::new(|_, _| json(200, &json!({"tags": ["b"]}))).await;
    let link: &'static str = format!("link: <{}/v2/acme/cart/tags/list>; rel=next\r\n", other.url).leak();
    let server = Server::new(move |_, _| Some((200, link, json!({"tags": ["a"]}).to_string()))).await;
    let world = world(at(&server), "").await;
    world.triggers.look().await;
    assert_eq!((server.asked().len(), other.asked().len()), (1, 0));
    assert!(!world.kept().contains("acme/cart"), "half a list is none");
}

#[tokio::test]
async fn triggers_with_other_tags_leave_what_the_others_know() {
    let server = Server::new(|number, asked| match asked.method.as_str() {
        "HEAD" => Some((200, "docker-content-digest: sha256:0\r\n", String::new())),
        _ => json(
            200,
            &json!({"tags": if number < 3 { json!(["v1", "x1"]) } else { json!(["v1", "v2", "x1"]) }}),
        ),
    })
    .await;
    let image = |tags: &str| {
        format!("{{image: {{repository: '{}/acme/cart', insecure: true, tags: [{tags}]}}}}", at(&server))
    };
    let world = Triggered::new(&[("shop.yaml", file("shop", &image("v*"), NOTHING))]).await;
    world.triggers.look().await;
    assert_eq!(server.asked().len(), 2, "the list, and the one tag that somebody wants");
    // Another one wants more from now on, just as something new comes; both want it.
    world.write("all.yaml", &file("all", &format!("{}, {}", image("'*'"), image("v2")), NOTHING));
    world.triggers.look().await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["all-1", "shop-1"]);
    assert_eq!(world.trigger("all-1")["tag"], json!("v2"));
}

#[tokio::test]
async fn a_registry_that_does_not_answer_keeps_nobody_waiting() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::new(|_, asked| match asked.method.as_str() {
        "HEAD" => Some((200, "", String::new())),
        _ => json(200, &json!({"tags": ["1"]})),
    })
    .await;
    // Of the two the one that does not answer is asked first.
    let image = |at: &str, name: &str| format!("{{image: {{repository: '{at}/{name}', insecure: true}}}}");
    let triggers =
        format!("{}, {}", image(&silent.local_addr().unwrap().to_string(), "a"), image(at(&server), "b"));
    let mut world = Triggered::new(&[("shop.yaml", file("shop", &triggers, NOTHING))]).await;
    let began = Instant::now();
    world.serve().await;
    let (_heard, _) = silent.accept().await.unwrap();
    until("the other one was asked", || server.asked().len() >= 2).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
