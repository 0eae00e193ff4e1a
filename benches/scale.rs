//! What do more routes cost: a look-up, compiling them all, and one change?
//!
//! The look-ups go over all routes in no order that a cache or a branch predictor could learn. The floor of each is the look-up among 10.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot go on has nothing to tell"
)]

use std::net::{IpAddr, Ipv4Addr};

use divan::{Bencher, black_box, counter::ItemsCount};
use serde_json::{Value, json};
use weir_routing::{Changes, Compiler, Head, Objects, Options, Table, compile};

const COUNTS: [usize; 4] = [10, 1_000, 10_000, 100_000];
/// Look-ups in one sample.
const LOOKUPS: usize = 4_096;

fn main() {
    divan::main();
}

fn backend(service: &str) -> Value {
    json!({ "service": { "name": service, "port": { "number": 80 } } })
}

fn from<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn host(number: usize) -> String {
    format!("shop-{number}.example.com")
}

fn path(number: usize) -> String {
    format!("/api/v{}/resource-{number}", number % 3)
}

/// An Ingress with one path.
fn ingress(name: usize, host: &str, path: &str, service: &str) -> Value {
    let paths = json!([{ "path": path, "pathType": "Prefix", "backend": backend(service) }]);
    json!({
        "metadata": { "name": format!("i{name}"), "namespace": "shop" },
        "spec": { "rules": [{ "host": host, "http": { "paths": paths } }] },
    })
}

fn add_service(objects: &mut Objects, name: &str) {
    objects.services.push(from(json!({
        "metadata": { "name": name, "namespace": "shop" }, "spec": { "ports": [{ "name": "http", "port": 80 }] },
    })));
    objects.endpoint_slices.push(from(json!({
        "addressType": "IPv4",
        "metadata": { "name": name, "namespace": "shop", "labels": { "kubernetes.io/service-name": name } },
        "ports": [{ "name": "http", "port": 8080 }],
        "endpoints": [{ "addresses": ["10.0.0.1"] }, { "addresses": ["10.0.0.2"] }],
    })));
}

/// As many hosts with one path and a Service of its own each.
fn hosts(count: usize) -> Objects {
    let mut objects = Objects::default();
    for number in 0..count {
        let service = format!("s{number}");
        add_service(&mut objects, &service);
        objects.ingresses.push(from(ingress(number, &host(number), "/", &service)));
    }
    objects
}

/// One host with as many paths, each of an Ingress of its own.
fn paths(count: usize) -> Objects {
    let mut objects = Objects::default();
    add_service(&mut objects, "s");
    for number in 0..count {
        objects.ingresses.push(from(ingress(number, "shop.example.com", &path(number), "s")));
    }
    objects
}

fn table(objects: &Objects) -> Table {
    let (table, rejections) = compile(objects, &Options::default(), None);
    assert!(rejections.is_empty());
    table
}

/// Routes in an order without a pattern.
fn asked(count: usize) -> impl Iterator<Item = usize> {
    (0..LOOKUPS).map(move |step| step.wrapping_mul(0x9E37_79B9_7F4A_7C15) / 7 % count)
}

fn find(bencher: Bencher<'_, '_>, table: &Table, requests: &[(String, String)]) {
    bencher.counter(ItemsCount::new(requests.len())).bench_local(|| {
        for (host, path) in black_box(requests) {
            let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let head = Head { method: "GET", host, path, query: None, headers: &(), client };
            // What a decision reads first.
            let route = table.find(&head).unwrap();
            black_box(route.split.stable().endpoints.len());
        }
    });
}

#[divan::bench(args = COUNTS)]
fn find_host(bencher: Bencher<'_, '_>, count: usize) {
    let requests: Vec<_> = asked(count).map(|number| (host(number), "/cart/items".to_owned())).collect();
    find(bencher, &table(&hosts(count)), &requests);
}

#[divan::bench(args = COUNTS)]
fn find_path(bencher: Bencher<'_, '_>, count: usize) {
    let requests: Vec<_> =
        asked(count).map(|n| ("shop.example.com".to_owned(), path(n) + "/items/1")).collect();
    find(bencher, &table(&paths(count)), &requests);
}

#[divan::bench(args = [10, 1_000, 10_000], sample_count = 20)]
fn compile_all(bencher: Bencher<'_, '_>, count: usize) {
    let (nothing, objects) = (Objects::default(), hosts(count));
    bencher.bench_local(|| {
        let mut compiler = Compiler::default();
        let changes = Changes::between(&nothing, black_box(&objects), &Options::default());
        let first = compiler.apply(&changes);
        (compiler, first)
    });
}

/// One object of many becomes another one, and back.
fn change(bencher: Bencher<'_, '_>, objects: &Objects, change: impl Fn(&mut Objects)) {
    let options = Options::default();
    let mut compiler = Compiler::default();
    drop(compiler.apply(&Changes::between(&Objects::default(), objects, &options)));
    let mut other = objects.clone();
    change(&mut other);
    let changes = [Changes::between(objects, &other, &options), Changes::between(&other, objects, &options)];
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        // The table before is dropped here too, as the publisher does.
        compiler.apply(&changes[(turn + 1) % 2])
    });
}

#[divan::bench(args = [10, 1_000, 10_000, 100_000])]
fn change_endpoints(bencher: Bencher<'_, '_>, count: usize) {
    change(bencher, &hosts(count), |objects| drop(objects.endpoint_slices[count / 2].endpoints.pop()));
}

#[divan::bench(args = [10, 1_000, 10_000, 100_000])]
fn change_host(bencher: Bencher<'_, '_>, count: usize) {
    change(bencher, &hosts(count), |objects| {
        objects.ingresses[count / 2] = from(ingress(count / 2, "new.example.com", "/", "s0"));
    });
}

#[divan::bench(args = [10, 1_000, 10_000])]
fn change_path_of_one_host(bencher: Bencher<'_, '_>, count: usize) {
    change(bencher, &paths(count), |objects| {
        objects.ingresses[count / 2] = from(ingress(count / 2, "shop.example.com", "/new", "s"));
    });
}

/// What a feed that knows no differences adds to a change.
#[divan::bench(args = [10, 1_000, 10_000])]
fn compare(bencher: Bencher<'_, '_>, count: usize) {
    let before = hosts(count);
    let mut now = before.clone();
    now.endpoint_slices[count / 2].endpoints.pop();
    bencher.bench_local(|| {
        Changes::between(black_box(&before), black_box(&now), &Options::default()).is_empty()
    });
}
