//! Which pods to start and which to let go. Pure.
//!
//! Invariant: there are never fewer ready pods than wanted because of a change: pods of another revision leave only as new ones are ready.

/// A pod of one fleet, as the plan sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    /// What it runs.
    pub(super) revision: &'a str,
    /// Whether it can serve.
    pub(super) ready: bool,
}

/// What to do about one fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Pods to start.
    pub(super) start: u32,
    /// Names of pods that get no new requests from now on.
    pub(super) leave: Vec<String>,
}

/// What brings `members`, oldest first, to `replicas` pods of `revision`.
pub(super) fn plan(members: &[Member<'_>], revision: &str, replicas: u32) -> Plan {
    let replicas = usize::try_from(replicas).unwrap_or(usize::MAX);
    let (mut new, mut old): (Vec<_>, Vec<_>) = members.iter().partition(|member| member.revision == revision);
    // Ready ones first: those that leave are taken from the end.
    new.sort_by_key(|member| !member.ready);
    old.sort_by_key(|member| !member.ready);
    let new_ready = new.iter().filter(|member| member.ready).count().min(replicas);
    let surplus = new.iter().skip(replicas);
    let replaced = old.iter().skip(replicas - new_ready);
    Plan {
        start: u32::try_from(replicas.saturating_sub(new.len())).unwrap_or(u32::MAX),
        leave: surplus.chain(replaced).map(|member| member.name.to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Member, Plan, plan};

    /// `a` is a ready pod of the old revision, `A` of the new one; with a `-` before, it is not ready.
    fn planned(pods: &str, replicas: u32) -> (u32, String) {
        let members: Vec<Member<'_>> = pods
            .split_whitespace()
            .map(|pod| Member {
                name: pod,
                revision: if pod.ends_with(char::is_uppercase) { "new" } else { "old" },
                ready: !pod.starts_with('-'),
            })
            .collect();
        let Plan { start, leave } = plan(&members, "new", replicas);
        (start, leave.join(" "))
    }

    #[test]
    fn old_pods_leave_only_as_new_ones_are_ready() {
        for (pods, replicas, start, leave) in [
            ("", 2, 2, ""),
            ("a b", 2, 2, ""),
            ("a b -A -B", 2, 0, ""),
            ("a b A -B", 2, 0, "b"),
            ("a b A B", 2, 0, "a b"),
            ("-a b A -B", 2, 0, "-a"),
            ("-a -b -A -B", 2, 0, ""),
            ("A B C", 2, 0, "C"),
            ("-A B C", 2, 0, "-A"),
            ("a A", 0, 0, "A a"),
            ("a b A", 3, 2, ""),
        ] {
            assert_eq!(planned(pods, replicas), (start, leave.to_owned()), "{pods:?} to {replicas}");
        }
    }
}
