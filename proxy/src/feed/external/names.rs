//! The names of `ExternalName` Services, and the addresses that were found for them last. No I/O.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use weir_routing::external::{self, is_local};

use crate::config::ExternalArgs;
use crate::feed::Differences;
use crate::problems::{Problem, Severity};

/// Addresses of one name; what more there are is left out.
const MOST: usize = 64;

/// Every name, by the key of its Service.
#[derive(Debug)]
pub(super) struct Names {
    options: ExternalArgs,
    known: BTreeMap<Arc<str>, Known>,
    /// Slices of Services that are no names any more.
    gone: Vec<Arc<str>>,
}

/// The addresses of a name, or why there are none.
type Found = Result<Vec<IpAddr>, String>;

/// One name.
#[derive(Debug)]
struct Known {
    name: Arc<str>,
    /// What is in force, and for which name it was found; after another name was written that is the one before, until there is an answer.
    found: Option<(Arc<str>, Found)>,
    /// Why what is in force is older than the last look.
    stale: Option<String>,
    /// What is in force was not given yet.
    new: bool,
}

/// What follows from a Service.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// Nothing is to be looked up for it any more.
    Gone,
    /// This name is, from now on.
    LookUp(Arc<str>),
}

impl Names {
    pub(super) fn new(options: ExternalArgs) -> Self {
        Self { options, known: BTreeMap::new(), gone: Vec::new() }
    }

    /// A Service is there, or gone.
    pub(super) fn service(&mut self, key: &Arc<str>, now: Option<&Service>) -> Change {
        let Some(name) = now.and_then(external::name_of) else {
            if self.known.remove(key).is_none() {
                return Change::None;
            }
            self.gone.push(Arc::clone(key));
            return Change::Gone;
        };
        let name: Arc<str> = name.into();
        if let Some(known) = self.known.get_mut(key) {
            if known.name == name {
                return Change::None;
            }
            known.name = Arc::clone(&name);
        } else {
            let known = Known { name: Arc::clone(&name), found: None, stale: None, new: false };
            self.known.insert(Arc::clone(key), known);
        }
        if self.options.disable_svc_external_name {
            self.answer(key, &name, Err("--disable-svc-external-name is set".to_owned()));
            return Change::None;
        }
        Change::LookUp(name)
    }

    /// Keys of all Services with a name.
    pub(super) fn keys(&self) -> Vec<Arc<str>> {
        self.known.keys().cloned().collect()
    }

    /// Whether every name was looked up once.
    pub(super) fn are_looked_up(&self) -> bool {
        self.known.values().all(|known| known.found.is_some())
    }

    /// A name was looked up: its addresses, or why there are none.
    pub(super) fn answer(&mut self, key: &str, name: &Arc<str>, answer: Found) {
        let allow = self.options.allow_local_external_names;
        let Some(known) = self.known.get_mut(key).filter(|known| known.name == *name) else { return };
        let said = |why: &dyn std::fmt::Display| format!("Service {key} is the ExternalName {name:?}: {why}");
        let found = match answer {
            Ok(addresses) => {
                let (local, mut usable): (Vec<_>, Vec<_>) =
                    addresses.into_iter().partition(|address| !allow && is_local(*address));
                usable.sort_unstable();
                usable.dedup();
                usable.truncate(MOST);
                match local.first() {
                    // Safe before available: what was found before is not kept.
                    Some(local) if usable.is_empty() => Err(said(&format_args!(
                        "it leads to {local}, on this machine or its link, which is refused; give another name, or --allow-local-external-names"
                    ))),
                    _ => Ok(usable),
                }
            }
            Err(why) => {
                if matches!(&known.found, Some((of, Ok(_))) if of == name) {
                    known.stale = Some(why);
                    return;
                }
                Err(said(&why))
            }
        };
        known.stale = None;
        if known.found.as_ref().is_none_or(|(_, before)| *before != found) {
            known.new = true;
        }
        known.found = Some((Arc::clone(name), found));
    }

    /// Whether there is something that was not given yet.
    pub(super) fn have_news(&self) -> bool {
        !self.gone.is_empty() || self.known.values().any(|known| known.new)
    }

    /// The slices that were not given yet.
    pub(super) fn news(&mut self) -> Differences<EndpointSlice> {
        let gone = self.gone.drain(..).map(|key| (external::key_of(&key), None));
        let mut news: Differences<EndpointSlice> = gone.collect();
        for (key, known) in self.known.iter_mut().filter(|(_, known)| known.new) {
            known.new = false;
            if let Some((_, found)) = &known.found {
                let addresses = found.as_deref().map_err(String::as_str);
                news.insert(external::key_of(key), Some(external::slice(key, addresses)));
            }
        }
        news
    }

    /// Names whose addresses are older than the last look.
    pub(super) fn problems(&self) -> impl Iterator<Item = Problem> {
        self.known.iter().filter_map(|(key, known)| {
            Some(Problem {
                severity: Severity::Warning,
                file: format!("Service {key}"),
                line: None,
                column: None,
                field: "spec.externalName".to_owned(),
                message: format!("{:?}: {}", known.name, known.stale.as_ref()?),
                help: Some("The addresses that were found last stay in force; it is tried again.".to_owned()),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Change, ExternalArgs, Names, Service};

    fn service(name: &str) -> Service {
        serde_json::from_value(
            serde_json::json!({ "spec": { "type": "ExternalName", "externalName": name } }),
        )
        .unwrap()
    }

    /// Names with one Service `a/far` of this name.
    fn names(options: ExternalArgs, name: &str) -> (Names, Arc<str>, Arc<str>) {
        let (mut names, key): (_, Arc<str>) = (Names::new(options), "a/far".into());
        let change = names.service(&key, Some(&service(name)));
        assert_eq!(change == Change::LookUp(name.into()), !options.disable_svc_external_name);
        (names, key, name.into())
    }

    /// The addresses of the one slice that is new, or why there are none.
    fn news(names: &mut Names) -> Vec<String> {
        let news = names.news();
        let slice = news.values().next().expect("news").as_ref().expect("a slice");
        let why = slice.metadata.annotations.iter().flat_map(|annotations| annotations.values().cloned());
        slice.endpoints.iter().flat_map(|endpoint| endpoint.addresses.clone()).chain(why).collect()
    }

    #[test]
    fn what_was_found_last_stays_while_nothing_is_found() {
        let (mut names, key, name) = names(ExternalArgs::default(), "edge.example");
        assert!(!names.are_looked_up());
        names.answer(&key, &name, Ok(vec!["192.0.2.2".parse().unwrap(), "192.0.2.1".parse().unwrap()]));
        assert!(names.are_looked_up() && names.have_news());
        assert_eq!(news(&mut names), ["192.0.2.1", "192.0.2.2"]);
        names.answer(&key, &name, Err("no answer".to_owned()));
        assert!(!names.have_news());
        assert!(names.problems().any(|problem| problem.message.contains("no answer")));
        names.answer(&key, &name, Ok(vec!["192.0.2.1".parse().unwrap()]));
        assert_eq!((news(&mut names), names.problems().count()), (vec!["192.0.2.1".to_owned()], 0));
        // Another name has nothing of the one before, once it was looked up.
        assert!(matches!(names.service(&key, Some(&service("other.example"))), Change::LookUp(_)));
        names.answer(&key, &name, Ok(vec!["192.0.2.9".parse().unwrap()]));
        assert!(!names.have_news(), "too late");
        names.answer(&key, &"other.example".into(), Err("no answer".to_owned()));
        assert!(news(&mut names)[0].contains("no answer"));
        assert_eq!(names.service(&key, None), Change::Gone);
        assert!(names.news().values().all(Option::is_none));
    }

    #[test]
    fn a_name_that_leads_to_this_machine_is_refused_at_once() {
        let local = || Ok(vec!["127.0.0.1".parse().unwrap(), "169.254.169.254".parse().unwrap()]);
        let (mut refusing, key, name) = names(ExternalArgs::default(), "edge.example");
        refusing.answer(&key, &name, Ok(vec!["192.0.2.1".parse().unwrap()]));
        refusing.news();
        refusing.answer(&key, &name, local());
        assert!(news(&mut refusing)[0].contains("127.0.0.1"), "and what was found before is not kept");
        refusing.answer(&key, &name, Ok(vec!["127.0.0.1".parse().unwrap(), "192.0.2.1".parse().unwrap()]));
        assert_eq!(news(&mut refusing), ["192.0.2.1"]);
        let allowing = ExternalArgs { allow_local_external_names: true, ..ExternalArgs::default() };
        let (mut allowing, key, name) = names(allowing, "edge.example");
        allowing.answer(&key, &name, local());
        assert_eq!(news(&mut allowing), ["127.0.0.1", "169.254.169.254"]);
        let disabled = ExternalArgs { disable_svc_external_name: true, ..ExternalArgs::default() };
        let (mut disabled, ..) = names(disabled, "edge.example");
        assert!(news(&mut disabled)[0].contains("--disable-svc-external-name"));
    }
}
