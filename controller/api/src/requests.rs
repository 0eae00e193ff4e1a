//! Which requests a route of a release is about: header routes, with Argo Rollouts' field names where it has them.

use std::collections::BTreeMap;

use regex::bytes::RegexBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest expression in bytes.
pub const MAX_PATTERN_LENGTH: usize = 1024;
/// Most bytes that one compiled expression may take, and the most for its cache.
pub const MAX_PATTERN_SIZE: usize = 256 * 1024;
/// Groups in groups, at the most.
pub const MAX_PATTERN_DEPTH: u32 = 32;
/// Header routes of one release at a time, and conditions of one of them.
pub const MAX_ROUTES: usize = 16;

/// How a text of a request is compared. With case; all in linear time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StringMatch {
    /// This very text.
    Exact(String),
    /// What begins so.
    Prefix(String),
    /// What this expression matches as a whole, as Istio has it.
    Regex(String),
}

/// Requests, by what they are. Everything that is named has to hold; nothing named: every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestMatch {
    /// The method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<StringMatch>,
    /// The path, normalised, without the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<StringMatch>,
    /// Headers, each by its name. Of several with one name, one has to hold.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, StringMatch>,
    /// Cookies, each by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cookies: BTreeMap<String, StringMatch>,
}

/// `setHeaderRoute`: from now on requests that match go to the canary, whatever its weight. Without `match` the route of this name ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetHeaderRoute {
    /// Name of the route. A later step of the same name replaces it.
    pub name: String,
    /// What requests have to be; all of it has to hold.
    #[serde(default, rename = "match", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub conditions: Vec<Condition>,
    /// Whether the requests are shared by canary and baseline, as those that the weight moves are. Then they are evidence for the judge;
    /// else all of them go to the canary, and are compared with nothing: whoever sends such a header is not like everybody. Default: false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub baseline: bool,
}

/// One condition of a header route: a header or a cookie with its value, a method, a path. Several in one entry have to hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// Name of a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_name: Option<String>,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_value: Option<StringMatch>,
    /// Name of a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie_name: Option<String>,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie_value: Option<StringMatch>,
    /// The method, such as `{"exact": "GET"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<StringMatch>,
    /// The path, such as `{"prefix": "/api"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<StringMatch>,
}

/// A field of a match that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidMatch {
    /// The field below the step, as in `match[0].headerValue`.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

impl StringMatch {
    /// As it was written, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Exact(text) => format!("is {text:?}"),
            Self::Prefix(text) => format!("begins with {text:?}"),
            Self::Regex(text) => format!("matches {text:?}"),
        }
    }

    pub(crate) fn problem(&self) -> Option<String> {
        let Self::Regex(text) = self else { return None };
        if text.len() > MAX_PATTERN_LENGTH {
            return Some(format!(
                "the expression has {} bytes: give {MAX_PATTERN_LENGTH} at the most",
                text.len()
            ));
        }
        let built = RegexBuilder::new(&whole(text))
            .unicode(false)
            .size_limit(MAX_PATTERN_SIZE)
            .nest_limit(MAX_PATTERN_DEPTH)
            .build();
        let error = built.err()?.to_string();
        let last = error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Some(format!("{text:?} cannot be matched in linear time: {last}"))
    }
}

/// The expression that matches what `text` matches as a whole.
#[must_use]
pub fn whole(text: &str) -> String {
    format!("^(?:{text})$")
}

impl SetHeaderRoute {
    /// The requests that it is about; `None`: the route of this name ends.
    ///
    /// # Errors
    /// Names the first field that cannot be followed.
    pub fn requests(&self) -> Result<Option<RequestMatch>, InvalidMatch> {
        if self.name.is_empty() {
            return Err(InvalidMatch {
                field: "name".to_owned(),
                problem: "is empty: name the route".to_owned(),
            });
        }
        if self.conditions.len() > MAX_ROUTES {
            let problem = format!("has {} entries: at most {MAX_ROUTES}", self.conditions.len());
            return Err(InvalidMatch { field: "match".to_owned(), problem });
        }
        if self.conditions.is_empty() {
            return Ok(None);
        }
        let mut all = RequestMatch::default();
        for (index, condition) in self.conditions.iter().enumerate() {
            condition.add_to(&mut all).map_err(|(field, problem)| InvalidMatch {
                field: format!("match[{index}]{field}"),
                problem,
            })?;
        }
        Ok(Some(all))
    }
}

impl Condition {
    /// Adds it, or says what is wrong with which field.
    fn add_to(&self, all: &mut RequestMatch) -> Result<(), (&'static str, String)> {
        let Self { header_name, header_value, cookie_name, cookie_value, method, path } = self;
        if *self == Self::default() {
            return Err((
                "",
                "is empty: give headerName and headerValue, a cookie, a method or a path".to_owned(),
            ));
        }
        // Names of headers differ by nothing but case; those of cookies do.
        let header = header_name.as_ref().map(|name| name.to_ascii_lowercase());
        pair(&mut all.headers, header, header_value.as_ref(), (".headerName", ".headerValue"))?;
        pair(&mut all.cookies, cookie_name.clone(), cookie_value.as_ref(), (".cookieName", ".cookieValue"))?;
        single(&mut all.method, method.as_ref(), ".method")?;
        single(&mut all.path, path.as_ref(), ".path")
    }
}

fn pair(
    all: &mut BTreeMap<String, StringMatch>,
    name: Option<String>,
    value: Option<&StringMatch>,
    (name_field, value_field): (&'static str, &'static str),
) -> Result<(), (&'static str, String)> {
    let (name, value) = match (name, value) {
        (None, None) => return Ok(()),
        (Some(name), Some(value)) => (name, value),
        (Some(_), None) => {
            return Err((value_field, "is missing: give one of exact, prefix and regex".to_owned()));
        }
        (None, Some(_)) => return Err((name_field, "is missing: say whose value that is".to_owned())),
    };
    if !crate::names::is_token(&name) {
        return Err((name_field, format!("{name:?} is not a valid name")));
    }
    if let Some(problem) = value.problem() {
        return Err((value_field, problem));
    }
    if all.insert(name.clone(), value.clone()).is_some() {
        return Err((
            name_field,
            format!("{name:?} is named twice: all conditions have to hold, so write one expression"),
        ));
    }
    Ok(())
}

fn single(
    all: &mut Option<StringMatch>,
    value: Option<&StringMatch>,
    field: &'static str,
) -> Result<(), (&'static str, String)> {
    let Some(value) = value else { return Ok(()) };
    if let Some(problem) = value.problem() {
        return Err((field, problem));
    }
    if all.replace(value.clone()).is_some() {
        return Err((
            field,
            "is named twice: all conditions have to hold, so write one expression".to_owned(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
