//! Of which requests copies go to a release while stable answers them: mirror routes, with Argo Rollouts' field names.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Share;
use crate::requests::{InvalidMatch, MAX_ROUTES, RequestMatch, StringMatch};
use crate::status::MirrorRoute;

/// `setMirrorRoute`: from now on copies of requests that match go to the canary and to the baseline, while stable answers them. The answers to copies are
/// thrown away and compared with each other. Without `match`, or with `percentage: 0`, the route of this name ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetMirrorRoute {
    /// Name of the route. A later step of the same name replaces it.
    pub name: String,
    /// What requests have to be: one of the entries has to hold, with everything that it names.
    #[serde(default, rename = "match", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub conditions: Vec<RequestMatch>,
    /// Share of these requests, in percent, of which copies are made. Default: 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Share>,
    /// Whether copies are made of requests that may change something as well: of all methods, and not of GET, HEAD and OPTIONS only. What such a request
    /// does is done three times then: by stable, by the canary and by the baseline. Default: false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsafe_methods: bool,
}

/// Whether a request of this method changes nothing (RFC 9110 section 9.2.1), and may be sent once more. TRACE is left out: no upstream should answer it.
#[must_use]
pub fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

impl SetMirrorRoute {
    /// The route that it sets; `None`: the route of this name ends.
    ///
    /// # Errors
    /// Names the first field that cannot be followed.
    pub fn route(&self) -> Result<Option<MirrorRoute>, InvalidMatch> {
        let Self { name, conditions, percentage, unsafe_methods } = self;
        if name.is_empty() {
            return Err(invalid("name".to_owned(), "is empty: name the route"));
        }
        if conditions.len() > MAX_ROUTES {
            let problem = format!("has {} entries: at most {MAX_ROUTES}", conditions.len());
            return Err(invalid("match".to_owned(), problem));
        }
        let percentage = percentage.unwrap_or(Share::FULL);
        let requests = conditions
            .iter()
            .enumerate()
            .map(|(index, given)| checked(given, *unsafe_methods, &format!("match[{index}]")))
            .collect::<Result<Vec<_>, _>>()?;
        if requests.is_empty() || percentage == Share::ZERO {
            return Ok(None);
        }
        Ok(Some(MirrorRoute { name: name.clone(), requests, percentage, unsafe_methods: *unsafe_methods }))
    }
}

/// One entry of a match, with the names of its headers in lower case.
fn checked(given: &RequestMatch, unsafe_methods: bool, field: &str) -> Result<RequestMatch, InvalidMatch> {
    let RequestMatch { method, path, headers, cookies } = given;
    if *given == RequestMatch::default() {
        let problem =
            "is empty: give a method, a path, headers or cookies; `path: {prefix: /}` is every request";
        return Err(invalid(field.to_owned(), problem));
    }
    if let Some(StringMatch::Exact(method)) = method
        && !unsafe_methods
        && !is_safe(method)
    {
        let problem = format!(
            "copies of {method} are made with unsafeMethods: true only: what they do is done once more by the canary, and once more by the baseline"
        );
        return Err(invalid(format!("{field}.method"), problem));
    }
    for (name, value) in [("method", method), ("path", path)] {
        if let Some(problem) = value.as_ref().and_then(StringMatch::problem) {
            return Err(invalid(format!("{field}.{name}"), problem));
        }
    }
    let headers = named(headers, str::to_ascii_lowercase, &format!("{field}.headers"))?;
    let cookies = named(cookies, str::to_owned, &format!("{field}.cookies"))?;
    Ok(RequestMatch { method: method.clone(), path: path.clone(), headers, cookies })
}

fn named(
    given: &BTreeMap<String, StringMatch>,
    known_as: impl Fn(&str) -> String,
    field: &str,
) -> Result<BTreeMap<String, StringMatch>, InvalidMatch> {
    let mut all = BTreeMap::new();
    for (name, value) in given {
        let at = format!("{field}[{name:?}]");
        if !crate::names::is_token(name) {
            return Err(invalid(at, "is not a valid name"));
        }
        if let Some(problem) = value.problem() {
            return Err(invalid(at, problem));
        }
        if all.insert(known_as(name), value.clone()).is_some() {
            return Err(invalid(at, "is named twice: names of headers differ by more than case"));
        }
    }
    Ok(all)
}

fn invalid(field: String, problem: impl Into<String>) -> InvalidMatch {
    InvalidMatch { field, problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::SetMirrorRoute;

    fn route(json: &str) -> Result<Option<String>, String> {
        let step: SetMirrorRoute = serde_json::from_str(json).unwrap();
        let route = step.route().map_err(|error| error.to_string())?;
        Ok(route.map(|route| serde_json::to_string(&route).unwrap()))
    }

    #[test]
    fn argos_form_is_read_and_a_route_without_requests_ends() {
        let read = route(
            r#"{"name": "copy", "percentage": 35, "match": [
                {"method": {"exact": "GET"}, "path": {"prefix": "/api"}, "headers": {"Agent": {"regex": "a|b"}}},
                {"cookies": {"Plan": {"exact": "pro"}}}
            ]}"#,
        );
        let expected = r#"{"name":"copy","match":[{"method":{"exact":"GET"},"path":{"prefix":"/api"},"headers":{"agent":{"regex":"a|b"}}},{"cookies":{"Plan":{"exact":"pro"}}}],"percentage":35}"#;
        assert_eq!(read, Ok(Some(expected.to_owned())));
        let all = route(r#"{"name": "copy", "match": [{"path": {"prefix": "/"}}], "unsafeMethods": true}"#);
        let expected =
            r#"{"name":"copy","match":[{"path":{"prefix":"/"}}],"percentage":100,"unsafeMethods":true}"#;
        assert_eq!(all, Ok(Some(expected.to_owned())));
        for ended in [
            r#"{"name": "copy"}"#,
            r#"{"name": "copy", "percentage": 100}"#,
            r#"{"name": "copy", "percentage": 0, "match": [{"path": {"prefix": "/"}}]}"#,
        ] {
            assert_eq!(route(ended), Ok(None), "{ended}");
        }
    }

    #[test]
    fn each_fault_is_named_with_its_field() {
        for (conditions, said) in [
            ("{}", "match[0]: is empty"),
            (r#"{"path": {"prefix": "/"}}, {}"#, "match[1]: is empty"),
            (
                r#"{"method": {"exact": "POST"}}"#,
                "match[0].method: copies of POST are made with unsafeMethods",
            ),
            (r#"{"path": {"regex": "("}}"#, "match[0].path: \"(\" cannot be matched"),
            (r#"{"headers": {"a b": {"exact": "x"}}}"#, "match[0].headers[\"a b\"]: is not a valid name"),
            (r#"{"cookies": {"a": {"regex": "["}}}"#, "match[0].cookies[\"a\"]: \"[\" cannot be matched"),
            (
                r#"{"headers": {"X": {"exact": "1"}, "x": {"exact": "2"}}}"#,
                "match[0].headers[\"x\"]: is named twice",
            ),
        ] {
            let error = route(&format!(r#"{{"name": "copy", "match": [{conditions}]}}"#)).unwrap_err();
            assert!(error.starts_with(said), "{conditions}: {error}");
        }
        assert!(route(r#"{"name": ""}"#).unwrap_err().starts_with("name: is empty"));
        let many = vec![r#"{"path": {"prefix": "/"}}"#; 17].join(",");
        let error = route(&format!(r#"{{"name": "copy", "match": [{many}]}}"#)).unwrap_err();
        assert_eq!(error, "match: has 17 entries: at most 16");
        let above = serde_json::from_str::<SetMirrorRoute>(r#"{"name": "copy", "percentage": 101}"#);
        assert!(above.unwrap_err().to_string().contains("is not a share"));
    }
}
