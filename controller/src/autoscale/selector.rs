//! Which labels are meant: a label selector in the form that clients write it. Pure.
//!
//! Source: the grammar of `k8s.io/apimachinery/pkg/labels`, but for `>` and `<`, which mean nothing for names.

/// Conditions of which every one has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    label: String,
    /// One of these values; `None`: any.
    values: Option<Vec<String>>,
    /// It must not be so.
    not: bool,
}

/// A text that is no selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no label selector: write service=shop,track in (stable, canary)")]
pub(super) struct InvalidSelector(String);

impl Selector {
    /// Whether an object with these labels is meant.
    pub(super) fn selects(&self, labels: &[(&str, &str)]) -> bool {
        self.0.iter().all(|condition| {
            let value = labels.iter().find(|(label, _)| *label == condition.label).map(|(_, value)| *value);
            let is_one = value.is_some_and(|value| {
                condition.values.as_ref().is_none_or(|values| values.iter().any(|one| one == value))
            });
            is_one != condition.not
        })
    }
}

impl std::str::FromStr for Selector {
    type Err = InvalidSelector;

    fn from_str(text: &str) -> Result<Self, InvalidSelector> {
        let invalid = || InvalidSelector(text.to_owned());
        let mut conditions = Vec::new();
        for part in parts(text) {
            conditions.push(condition(part.trim()).ok_or_else(invalid)?);
        }
        Ok(Self(conditions))
    }
}

/// Between commas, but for those in parentheses.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    let separates = move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    text.split(separates).filter(|part| !part.trim().is_empty())
}

fn condition(text: &str) -> Option<Condition> {
    let make = |label: &str, values, not| {
        let label = label.trim();
        is_label(label).then(|| Condition { label: label.to_owned(), values, not })
    };
    let one = |value: &str| Some(vec![value.trim().to_owned()]);
    if let Some((label, value)) = text.split_once("!=") {
        return make(label, one(value), true);
    }
    if let Some((label, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return make(label, one(value), false);
    }
    if let Some((head, list)) = text.split_once('(') {
        let values = list.strip_suffix(')')?.split(',').map(|value| value.trim().to_owned()).collect();
        let (label, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        return match operator {
            "in" => make(label, Some(values), false),
            "notin" => make(label, Some(values), true),
            _ => None,
        };
    }
    match text.strip_prefix('!') {
        Some(label) => make(label, None, true),
        None => make(text, None, false),
    }
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
}

#[cfg(test)]
mod tests {
    use super::Selector;

    #[test]
    fn every_form_selects_what_kubernetes_selects() {
        let labels = [("service", "shop"), ("track", "canary")];
        for (text, expected) in [
            ("", true),
            ("service=shop", true),
            ("service==shop,track=canary", true),
            ("service=shop,track=stable", false),
            ("track!=stable", true),
            ("zone!=a", true),
            ("track in (stable, canary)", true),
            ("track in (stable),service=shop", false),
            ("track notin (stable,baseline)", true),
            ("track", true),
            ("!track", false),
            ("!zone", true),
        ] {
            let selector: Selector = text.parse().unwrap();
            assert_eq!(selector.selects(&labels), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in ["=shop", "a b", "track in stable", "track in (stable", "track of (stable)", "(a)", "!"] {
            assert!(text.parse::<Selector>().is_err(), "{text:?}");
        }
    }
}
