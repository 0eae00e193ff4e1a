//! Which of the names that there are somebody may have meant.

/// How alike two names have to be, from 0 to 1.
const ALIKE: f64 = 0.75;
/// Names that are compared at most: a map may have any number of keys.
const MOST_COMPARED: usize = 1_000;
/// Names that are listed where none is alike.
const MOST_LISTED: usize = 6;
/// Longest name that is compared or listed, bytes.
const LONGEST: usize = 64;

/// The name that is most like the one that was written.
pub(crate) fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if written.len() > LONGEST {
        return None;
    }
    let lower = written.to_lowercase();
    names
        .into_iter()
        .take(MOST_COMPARED)
        .filter(|name| name.len() <= LONGEST)
        .map(|name| (strsim::normalized_damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// The end of an error: which name was meant, or which there are.
pub(crate) fn hint<'n>(written: &str, names: impl IntoIterator<Item = &'n str> + Clone) -> String {
    if let Some(name) = nearest(written, names.clone()) {
        return format!("; did you mean {name:?}?");
    }
    let mut listed: Vec<&str> =
        names.into_iter().take(MOST_LISTED + 1).filter(|name| name.len() <= LONGEST).collect();
    let more = listed.len() > MOST_LISTED;
    listed.truncate(MOST_LISTED);
    match listed.as_slice() {
        [] => String::new(),
        listed => format!("; there is {}{}", listed.join(", "), if more { ", …" } else { "" }),
    }
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn the_nearest_name_is_meant_and_without_one_they_are_listed() {
        let names = ["application", "servicePath", "imageUrl"];
        assert_eq!(hint("aplication", names), "; did you mean \"application\"?");
        assert_eq!(hint("imageURL", names), "; did you mean \"imageUrl\"?");
        assert_eq!(hint("x", names), "; there is application, servicePath, imageUrl");
        assert_eq!(hint("x", []), "");
        assert_eq!(hint("x", ["a", "b", "c", "d", "e", "f", "g"]), "; there is a, b, c, d, e, f, …");
    }
}
