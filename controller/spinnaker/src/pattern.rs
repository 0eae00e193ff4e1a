//! Regular expressions of Spinnaker's triggers, which match a whole name, as globs.

/// Globs that match the same names; `None`: there are none. A name with `/` in it is a path to a glob.
pub(crate) fn globs(pattern: &str, has_paths: bool) -> Option<Vec<String>> {
    let bare = pattern.trim().trim_start_matches('^').trim_end_matches('$');
    let inner = bare.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let inner = inner.map_or(bare, |inner| inner.strip_prefix("?:").unwrap_or(inner));
    inner.split('|').map(|part| glob(part, has_paths)).collect()
}

/// Letters of names, `.*` and `.+`; anything else is more than a glob says.
fn glob(pattern: &str, has_paths: bool) -> Option<String> {
    let mut made = String::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let after = rest.get(letter.len_utf8()..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix(".*") {
            if !has_paths {
                made.push('*');
                rest = after;
                continue;
            }
            // One `*` ends at a `/`, and only between two of them does `**` not.
            if !made.is_empty() && !made.ends_with('/') {
                return none_but_the_end(&made, after);
            }
            made.push_str("**");
            rest = after;
        } else if letter == '\\' {
            let escaped = after.chars().next().filter(|escaped| "./-_+".contains(*escaped))?;
            made.push(escaped);
            rest = after.get(escaped.len_utf8()..).unwrap_or_default();
        } else if letter.is_alphanumeric() || "/-_#@:".contains(letter) {
            made.push(letter);
            rest = after;
        } else {
            return None;
        }
    }
    (!made.is_empty()).then_some(made)
}

/// `feature-.*`: what follows may have a `/` in it, or not.
fn none_but_the_end(made: &str, after: &str) -> Option<String> {
    after.is_empty().then(|| format!("{{{made}*,{made}*/**}}"))
}

#[cfg(test)]
mod tests {
    use super::globs;

    #[test]
    fn a_plain_pattern_is_a_glob_and_others_are_none() {
        for (pattern, expected) in [
            ("^master$", Some("master")),
            ("release/.*", Some("release/**")),
            ("(main|develop)", Some("main develop")),
            (".*", Some("**")),
            ("v1\\.2", Some("v1.2")),
            ("feature-.*", Some("{feature-*,feature-*/**}")),
            ("v\\d+", None),
            ("a.c", None),
            ("[ab]", None),
            ("", None),
            ("a|", None),
            ("(a)(b)", None),
            ("^(?!main).*", None),
        ] {
            assert_eq!(globs(pattern, true).map(|globs| globs.join(" ")).as_deref(), expected, "{pattern}");
        }
        assert_eq!(globs("release-.*", false), Some(vec!["release-*".to_owned()]));
    }
}
