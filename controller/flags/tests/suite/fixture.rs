//! Flags, contexts and requests in few words.

use http::header::IF_NONE_MATCH;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use weir_flags::ofrep::answer::Answer;
use weir_flags::ofrep::{Request, answer};
use weir_flags::{Context, Flag, FlagSpec, Flags, Followed, Object, ObjectName, Release, Share, evaluate};

pub(crate) fn name(name: &str) -> ObjectName {
    ObjectName { namespace: "shop".to_owned(), name: name.to_owned() }
}

/// The flag of this spec, whose object is `shop/checkout`.
pub(crate) fn flag(spec: Value) -> Flag {
    let spec: FlagSpec = serde_json::from_value(spec).expect("a spec");
    Flag::new(spec, &name("checkout")).expect("no problems")
}

/// A boolean flag with variants `on` and `off`, off by default, with these rules.
pub(crate) fn with_rules(rules: &Value) -> Flag {
    flag(spec_with(rules))
}

pub(crate) fn spec_with(rules: &Value) -> Value {
    json!({ "variants": { "on": true, "off": false }, "defaultVariant": "off", "rules": rules })
}

pub(crate) fn context(attributes: Value) -> Context {
    let Value::Object(attributes) = attributes else { panic!("attributes are an object") };
    Context::new(attributes)
}

pub(crate) fn user(key: impl Into<String>) -> Context {
    context(json!({ "targetingKey": key.into() }))
}

pub(crate) fn share(basis_points: u16) -> Share {
    Share::from_basis_points(basis_points).expect("at most 10,000")
}

/// No Canary is there.
pub(crate) fn nowhere(_: &Followed) -> Option<Release> {
    None
}

/// The variant, or the failure's code.
pub(crate) fn served(flag: &Flag, context: &Context) -> String {
    match evaluate(flag, context, nowhere) {
        Ok(evaluation) => evaluation.variant.map_or("(code)", |variant| &variant.name).to_owned(),
        Err(failure) => failure.code().to_string(),
    }
}

/// Objects of the namespace `shop`, the first the oldest.
pub(crate) fn flags(specs: impl IntoIterator<Item = (&'static str, Value)>) -> Flags {
    let object = |(age, (object, spec))| Object { name: name(object), created_seconds: age, spec };
    Flags::new((0..).zip(specs).map(object))
}

pub(crate) const ALL: &str = "/ofrep/v1/evaluate/flags";

/// Posts a body, with an `If-None-Match` where one is given.
pub(crate) fn post(flags: &Flags, path: &str, body: &[u8], known: Option<&str>) -> Answer {
    post_during(flags, path, body, known, nowhere)
}

pub(crate) fn post_during(
    flags: &Flags,
    path: &str,
    body: &[u8],
    known: Option<&str>,
    release: impl Fn(&Followed) -> Option<Release>,
) -> Answer {
    let mut headers = HeaderMap::new();
    headers.extend(known.map(|known| (IF_NONE_MATCH, known.parse().expect("a header"))));
    answer(flags, Request { method: &Method::POST, path, headers: &headers, body }, release)
}

pub(crate) fn body(answer: &Answer) -> Value {
    serde_json::from_slice(answer.body()).expect("JSON")
}
