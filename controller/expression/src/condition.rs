//! A text that says whether something is to be done.

use crate::error::Error;
use crate::fault::Fault;
use crate::json;
use crate::limits::Limits;
use crate::scope::Scope;
use crate::template::Template;

/// A condition, written with or without `${` and `}`.
#[derive(Clone, Debug)]
pub struct Condition(Template);

impl Condition {
    /// Parses it.
    ///
    /// # Errors
    /// It is no expression.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        let text = text.trim();
        // A text in quotes may have `${` in it too; only a text that begins with it is written that way.
        let is_template = text.starts_with("${");
        if is_template { Template::parse(text, limits) } else { Template::parse_bare(text, limits) }.map(Self)
    }

    /// Whether it holds. Only true and false are answers, and their texts.
    ///
    /// # Errors
    /// It has no value, or one that is neither.
    pub fn holds(&self, scope: &Scope<'_>, limits: &Limits) -> Result<bool, Error> {
        let value = self.0.evaluate(scope, limits)?;
        let answer = value.as_bool().or_else(|| value.as_str().and_then(of_text));
        answer.ok_or_else(|| self.0.refused(Fault::Condition(json::value_of(&value).kind())))
    }
}

/// The text of a boolean, such as an expression that was evaluated before has left.
fn of_text(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
