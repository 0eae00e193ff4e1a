//! Filters with variables: `pod=~"${scope}.*"`.

use std::collections::BTreeMap;

/// Variables within variables; what goes deeper is a circle.
const DEEPEST: usize = 32;
/// Longest text that may come out, bytes.
const LONGEST: usize = 1 << 20;

/// A filter that cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nobody says what it is.
    #[error("the variable ${{{0}}} is not known, and has no default (${{{0}:-default}})")]
    Unknown(String),
    /// Its value needs itself.
    #[error("the variable ${{{0}}} comes back to itself")]
    Circle(String),
    /// It grows without end.
    #[error("the filter becomes longer than a mebibyte")]
    TooLong,
}

/// Fills variables in. `${name}` and `${name:-default}` are replaced, and what stands for them is filled in as well; `$${name}` stays as `${name}`.
///
/// # Errors
/// A variable is not known, or needs itself.
pub fn expand(template: &str, variables: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    expanded(template, variables, &mut Vec::new())
}

fn expanded(
    template: &str,
    variables: &BTreeMap<String, String>,
    within: &mut Vec<String>,
) -> Result<String, TemplateError> {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let inner = from.get(2..).unwrap_or_default();
        if let Some(kept) = before.strip_suffix('$') {
            text.push_str(kept);
            text.push_str("${");
            rest = inner;
            continue;
        }
        text.push_str(before);
        let Some((variable, after)) = inner.split_once('}') else {
            // Never closed: text like any other.
            text.push_str(from);
            return Ok(text);
        };
        rest = after;
        let (name, default) =
            variable.split_once(":-").map_or((variable, None), |(name, default)| (name, Some(default)));
        let value = variables.get(name).map(String::as_str).or(default);
        let value = value.ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
        if within.iter().any(|outer| outer == name) || within.len() > DEEPEST {
            return Err(TemplateError::Circle(name.to_owned()));
        }
        within.push(name.to_owned());
        text.push_str(&expanded(value, variables, within)?);
        within.pop();
        if text.len() > LONGEST {
            return Err(TemplateError::TooLong);
        }
    }
    text.push_str(rest);
    Ok(text)
}

/// Written so that a pipeline's own expressions leave it alone: `$\{`.
#[must_use]
pub fn escape(template: &str) -> String {
    template.replace("${", "$\\{")
}

/// Back again.
#[must_use]
pub fn unescape(template: &str) -> String {
    template.replace("$\\{", "${")
}
