//! What is wrong with the watches, for people. No I/O.

use std::collections::BTreeMap;

use super::kind::Kind;
use crate::problems::{Problem, Severity};

/// Watches that were interrupted and do not work again yet.
#[derive(Debug, Default)]
pub(super) struct Interruptions {
    /// What is wrong with the watch of a kind.
    failed: BTreeMap<Kind, String>,
    /// One has begun or ended since they were told.
    untold: bool,
}

impl Interruptions {
    /// The watch of a kind was interrupted. Another reason for the same interruption is no news.
    pub(super) fn begins(&mut self, kind: Kind, error: String) {
        self.untold |= self.failed.insert(kind, error).is_none();
    }

    /// The watch of a kind works.
    pub(super) fn ends(&mut self, kind: Kind) {
        self.untold |= self.failed.remove(&kind).is_some();
    }

    /// Whether there is news.
    pub(super) fn are_untold(&self) -> bool {
        self.untold
    }

    /// Tells all that there are now.
    pub(super) fn tell(&mut self) -> Vec<Problem> {
        self.untold = false;
        let problem = |(kind, error): (&Kind, &String)| Problem {
            severity: Severity::Warning,
            file: format!("API server, watch of {}", kind.plural()),
            line: None,
            column: None,
            field: String::new(),
            message: error.clone(),
            help: Some("What was read last stays in force; it is tried again.".to_owned()),
        };
        self.failed.iter().map(problem).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Interruptions, Kind};

    #[test]
    fn an_interruption_is_news_when_it_begins_and_when_it_ends() {
        let mut interruptions = Interruptions::default();
        assert!(!interruptions.are_untold());
        interruptions.begins(Kind::Service, "refused".to_owned());
        assert!(interruptions.are_untold());
        let told = interruptions.tell();
        assert_eq!((told.len(), told[0].file.as_str()), (1, "API server, watch of services"));
        interruptions.begins(Kind::Service, "still refused".to_owned());
        assert!(!interruptions.are_untold(), "it goes on");
        interruptions.ends(Kind::Ingress);
        assert!(!interruptions.are_untold(), "there was none");
        interruptions.ends(Kind::Service);
        assert!(interruptions.are_untold() && interruptions.tell().is_empty());
    }
}
