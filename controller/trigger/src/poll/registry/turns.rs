//! Of which tags a registry is asked what they stand for: it is a call each.

/// Those that are `new`, and then of the others as many as there is room for, from where the turn before ended: so each of them has its turn.
#[must_use]
pub fn turns(tags: &[String], is_new: impl Fn(&str) -> bool, turn: usize, most: usize) -> Vec<&str> {
    let (new, known): (Vec<&str>, Vec<&str>) = tags.iter().map(String::as_str).partition(|tag| is_new(tag));
    let room = most.saturating_sub(new.len()).min(known.len());
    let from = turn.saturating_mul(room).checked_rem(known.len()).unwrap_or(0);
    let others = known.iter().cycle().skip(from).take(room).copied();
    new.iter().copied().take(most).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::turns;

    fn tags(names: &str) -> Vec<String> {
        names.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn what_is_new_comes_first_and_each_of_the_others_has_its_turn() {
        let all = tags("a b c d e");
        let asked = |turn| turns(&all, |tag| tag == "d", turn, 3);
        assert_eq!(asked(0), ["d", "a", "b"]);
        assert_eq!(asked(1), ["d", "c", "e"]);
        assert_eq!(asked(2), ["d", "a", "b"]);
    }

    #[test]
    fn no_more_are_asked_than_may_be() {
        let all = tags("a b c");
        assert_eq!(turns(&all, |_| true, 7, 2), ["a", "b"]);
        assert_eq!(turns(&all, |_| false, 1, 10), ["a", "b", "c"]);
        assert_eq!(turns(&all, |_| false, usize::MAX, 2).len(), 2);
        assert_eq!(turns(&[], |_| false, 3, 2), [""; 0]);
    }
}
