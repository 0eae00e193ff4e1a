//! Who comes before whom.

use std::collections::BTreeSet;

use super::names;
use crate::definition::Stage;
use crate::problem::{Problem, did_you_mean};

/// The stages that each one needs, by their place in the list; what cannot be found is left out, and named in `problems`.
pub(crate) fn resolve<W>(stages: &[&Stage<W>], path: &str, problems: &mut Vec<Problem>) -> Vec<Vec<usize>> {
    let ids: Vec<String> = stages.iter().map(|stage| names::id(stage)).collect();
    let find = |wanted: &str| {
        let by_name = stages.iter().position(|stage| stage.name == wanted);
        by_name.or_else(|| ids.iter().position(|id| id == wanted))
    };
    let names = || stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>();
    let mut all = Vec::with_capacity(stages.len());
    for (index, stage) in stages.iter().enumerate() {
        let Some(wanted) = &stage.needs else {
            all.push(index.checked_sub(1).into_iter().collect());
            continue;
        };
        let mut needs = Vec::new();
        for (place, wanted) in wanted.iter().enumerate() {
            let mut refuse = |what: String, mend: String| {
                problems.push(Problem::new(format!("{path}[{index}].needs[{place}]"), what, mend));
            };
            match find(wanted) {
                None => refuse(format!("there is no stage {wanted:?}"), did_you_mean(wanted, names())),
                Some(need) if need == index => {
                    refuse("the stage needs itself".to_owned(), "remove it".to_owned());
                }
                Some(need) if needs.contains(&need) => {
                    refuse(format!("{wanted:?} is needed twice"), "remove one of them".to_owned());
                }
                Some(need) => needs.push(need),
            }
        }
        all.push(needs);
    }
    all
}

pub(super) fn check<W>(stages: &[&Stage<W>], path: &str, problems: &mut Vec<Problem>) {
    let needs = resolve(stages, path, problems);
    let order = order(&needs);
    let stuck: BTreeSet<usize> = (0..stages.len()).filter(|index| !order.contains(index)).collect();
    let name = |index: usize| stages.get(index).map_or("", |stage| stage.name.as_str());
    let mut in_cycle = BTreeSet::new();
    for &start in &stuck {
        let walk = walk(start, &needs, &stuck, &in_cycle);
        if let Some(cycle) = walk.cycle {
            let mut shown: Vec<&str> = cycle.iter().map(|index| name(*index)).collect();
            shown.extend(shown.first().copied());
            let first = cycle.iter().min().copied().unwrap_or(start);
            let what = format!("the stages need each other: {}", shown.join(" -> "));
            let mend = "none of them would ever start: remove one of these needs";
            problems.push(Problem::new(format!("{path}[{first}].needs"), what, mend));
            in_cycle.extend(cycle);
        }
    }
    for &index in stuck.difference(&in_cycle) {
        let what = format!("{:?} would never start: what it needs is in a cycle", name(index));
        problems.push(Problem::new(format!("{path}[{index}].needs"), what, "break the cycle"));
    }
}

struct Walk {
    /// In the direction of `needs`; `None`: the walk came to a cycle that is known.
    cycle: Option<Vec<usize>>,
}

/// From need to need, until a stage comes again. All of `stuck` need one of `stuck`.
fn walk(start: usize, needs: &[Vec<usize>], stuck: &BTreeSet<usize>, known: &BTreeSet<usize>) -> Walk {
    let mut path = Vec::new();
    let mut at = start;
    loop {
        if known.contains(&at) {
            return Walk { cycle: None };
        }
        if let Some(begin) = path.iter().position(|seen| *seen == at) {
            return Walk { cycle: path.get(begin..).map(<[usize]>::to_vec) };
        }
        path.push(at);
        match needs.get(at).and_then(|needs| needs.iter().find(|need| stuck.contains(need))) {
            Some(next) => at = *next,
            None => return Walk { cycle: None },
        }
    }
}

/// The stages in an order in which each comes after what it needs, the first of the list first; without those that a cycle holds up.
///
/// Kahn, Topological sorting of large networks, 1962.
pub(crate) fn order(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(needs.len());
    let mut placed = vec![false; needs.len()];
    loop {
        let free =
            |needs: &Vec<usize>| needs.iter().all(|need| placed.get(*need).copied().unwrap_or_default());
        let waiting = needs.iter().enumerate().filter(|(index, _)| placed.get(*index) == Some(&false));
        let ready: Vec<usize> = waiting.filter(|(_, needs)| free(needs)).map(|(index, _)| index).collect();
        if ready.is_empty() {
            return order;
        }
        for index in ready {
            if let Some(placed) = placed.get_mut(index) {
                *placed = true;
            }
            order.push(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn stages_come_after_what_they_need_and_cycles_are_left_out() {
        assert_eq!(order(&[vec![2], vec![], vec![1]]), [1, 2, 0]);
        assert_eq!(order(&[vec![], vec![0, 2], vec![1], vec![2]]), [0]);
        assert_eq!(order(&[]), [0; 0]);
    }
}
