//! Names as objects of Kubernetes and stages have them.

use std::collections::BTreeSet;

/// What a label of Kubernetes may have.
const MOST_LETTERS: usize = 63;

/// Lower-case letters and digits, with `-` in between; empty where there are none.
pub(crate) fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    let slug: String = words.join("-").chars().take(MOST_LETTERS).collect();
    slug.trim_end_matches('-').to_owned()
}

/// Whether a text is one already.
pub(crate) fn is_slug(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    text.len() <= MOST_LETTERS
        && text.starts_with(plain)
        && text.ends_with(plain)
        && text.chars().all(|letter| plain(letter) || letter == '-')
}

/// A slug that none of `taken` is: this one, or with a number. What is no slug is called `unnamed`.
pub(crate) fn free(slug: &str, taken: &BTreeSet<String>) -> String {
    let slug = if is_slug(slug) { slug } else { "unnamed" };
    let numbered = |number: usize| {
        let suffix = format!("-{number}");
        let room = MOST_LETTERS.saturating_sub(suffix.len());
        format!("{}{suffix}", slug.chars().take(room).collect::<String>())
    };
    let is_free = |candidate: &String| is_slug(candidate) && !taken.contains(candidate);
    let mut candidates = std::iter::once(slug.to_owned()).chain((2..).map(numbered));
    candidates.find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{free, is_slug, slug};

    #[test]
    fn a_slug_is_a_name_of_an_object() {
        for (text, expected) in
            [("Deploy to Prod (EU)", "deploy-to-prod-eu"), ("_a_", "a"), ("ü", ""), ("a--b", "a-b")]
        {
            assert_eq!(slug(text), expected);
        }
        let long = slug(&"ab ".repeat(40));
        assert!(is_slug(&long) && long.len() <= 63, "{long}");
    }

    #[test]
    fn a_taken_slug_gets_a_number_and_stays_short_enough() {
        let long = "a".repeat(63);
        let taken = BTreeSet::from(["a".to_owned(), "a-2".to_owned(), long.clone()]);
        assert_eq!(free("a", &taken), "a-3");
        assert_eq!(free("Ü", &taken), "unnamed");
        let other = free(&long, &taken);
        assert!(is_slug(&other) && other.ends_with("a-2"), "{other}");
    }
}
