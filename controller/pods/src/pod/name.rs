//! What pods are called: the same for the same attempt, so that a second one cannot be made.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;
use weir_pipeline::Key;

/// Longest name, as it is the host's, too.
const LONGEST: usize = 63;

/// The pod of an attempt, and the Secret with its order.
pub(crate) fn of(key: &Key) -> String {
    let Key { run, stage, attempt } = key;
    let readable: String = format!("{run}-{stage}-{attempt}")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    with_hash(&readable, &format!("{run}/{stage}/{attempt}"))
}

/// A text as a label's value: itself, where it can be.
pub(crate) fn label(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends = |c: char| c.is_ascii_alphanumeric();
    if text.len() <= LONGEST && text.chars().all(plain) && text.starts_with(ends) && text.ends_with(ends) {
        return text.to_owned();
    }
    with_hash(&text.chars().map(|c| if plain(c) { c } else { '-' }).collect::<String>(), text)
}

/// Whatever was cut off or replaced, the hash tells apart.
fn with_hash(readable: &str, exact: &str) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(exact.as_bytes());
    let hash = format!("{:08x}", hasher.finish() & 0xffff_ffff);
    let room = LONGEST - hash.len() - 1;
    let readable: String = readable.chars().take(room).collect();
    format!("{}-{hash}", readable.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use weir_pipeline::Key;

    use super::{label, of};

    fn key(run: &str, stage: &str, attempt: u32) -> Key {
        Key { run: run.to_owned(), stage: stage.to_owned(), attempt }
    }

    #[test]
    fn attempts_have_names_of_their_own() {
        let name = of(&key("shop-api-7", "check.Quality_gate", 2));
        assert!(name.starts_with("shop-api-7-check-quality-gate-2-"), "{name}");
        assert_ne!(name, of(&key("shop-api-7", "check.quality-gate", 2)), "that look the same");
        assert_ne!(of(&key("a-1", "b", 1)), of(&key("a", "1-b", 1)));
        let long = of(&key(&"p".repeat(63), &"s".repeat(100), 1));
        assert!(long.len() == 63 && long != of(&key(&"p".repeat(63), &"s".repeat(101), 1)), "{long}");
    }

    #[test]
    fn labels_are_texts_where_they_can_be() {
        assert_eq!(label("shop-api-7"), "shop-api-7");
        assert!(label("deploy/bake").starts_with("deploy-bake-"));
        assert_eq!(label(&"x".repeat(90)).len(), 63);
        assert_ne!(label("-a"), label("a-"));
    }
}
