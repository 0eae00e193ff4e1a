//! How many flags does one core evaluate in a second, and how many requests does it answer?
//!
//! `decision` is that alone. `one` is a whole request for one flag: path, JSON of the context, decision, JSON of the answer. `all` is the
//! same for every flag of a set, counted in flags; `unchanged` ends in 304.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use http::{HeaderMap, Method, header};
use serde_json::{Value, json};
use weir_flags::ofrep::{Request, answer};
use weir_flags::{Context, Flags, Followed, Object, ObjectName, Release, Share, evaluate};

/// Flags of a set.
const FLAGS: i64 = 100;
const ALL: &str = "/ofrep/v1/evaluate/flags";
const BODY: &[u8] = br#"{"context":{"targetingKey":"f021d0f9-33b7-4b22-b0bd-9fec66ba1d7d","email":"a@shop.example","country":"DE","plan":"pro","app":"2.4.1"}}"#;

fn main() {
    divan::main();
}

/// A flag as many are: some are let in by their address or the version of their program, a release divides the others.
fn spec() -> Value {
    json!({
        "variants": { "on": true, "off": false }, "defaultVariant": "off", "metadata": { "team": "checkout" },
        "rules": [
            { "if": [{ "attribute": "email", "suffix": ["@staff.example"] }], "variant": "on" },
            { "if": [{ "attribute": "country", "in": ["AT", "CH"] }, { "attribute": "app", "semver": ">=2.0.0" }], "variant": "on" },
            { "follows": { "canary": "api", "variant": "on" } },
        ],
    })
}

fn flags() -> Flags {
    let name = |number: i64| ObjectName { namespace: "shop".to_owned(), name: format!("flag-{number}") };
    Flags::new((0..FLAGS).map(|number| Object { name: name(number), created_seconds: number, spec: spec() }))
}

fn release(_: &Followed) -> Option<Release> {
    Share::from_basis_points(1_000).map(Release::Weight)
}

#[divan::bench]
fn decision(bencher: Bencher<'_, '_>) {
    let flags = flags();
    let body: Value = serde_json::from_slice(BODY).unwrap_or_default();
    let context = Context::new(body.get("context").and_then(Value::as_object).cloned().unwrap_or_default());
    let Ok((_, flag)) = flags.get("flag-42") else { return };
    bencher.counter(ItemsCount::new(1_u8)).bench_local(|| {
        evaluate(black_box(flag), black_box(&context), release).is_ok_and(|found| found.value().is_some())
    });
}

fn ask(bencher: Bencher<'_, '_>, path: &str, items: u64, known: bool) {
    let flags = flags();
    let mut headers = HeaderMap::new();
    if known {
        let first =
            answer(&flags, Request { method: &Method::POST, path, headers: &headers, body: BODY }, release);
        headers.extend(first.headers().get(header::ETAG).map(|tag| (header::IF_NONE_MATCH, tag.clone())));
    }
    bencher.counter(ItemsCount::new(items)).bench_local(|| {
        let request = Request {
            method: &Method::POST,
            path: black_box(path),
            headers: &headers,
            body: black_box(BODY),
        };
        answer(black_box(&flags), request, release)
    });
}

#[divan::bench]
fn one(bencher: Bencher<'_, '_>) {
    ask(bencher, "/ofrep/v1/evaluate/flags/flag-42", 1, false);
}

#[divan::bench]
fn all(bencher: Bencher<'_, '_>) {
    ask(bencher, ALL, FLAGS.unsigned_abs(), false);
}

#[divan::bench]
fn unchanged(bencher: Bencher<'_, '_>) {
    ask(bencher, ALL, FLAGS.unsigned_abs(), true);
}
