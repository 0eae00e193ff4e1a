//! `weir.dev/*` annotations of a Service: a static split with no other object.

use std::collections::BTreeMap;

use crate::names;
use crate::share::{InvalidShare, Share};

/// A Service's annotations, read. Default: none of them is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAnnotations {
    /// Service behind the canary and its share.
    pub canary: Option<TrackAnnotation>,
    /// Service behind the baseline and its share.
    pub baseline: Option<TrackAnnotation>,
    /// Header and cookie that force a track.
    pub force: Force,
    /// What keeps a user on one track.
    pub sticky: Option<Sticky>,
}

/// One track by annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackAnnotation {
    /// Name of the Service, in the annotated Service's namespace.
    pub service: String,
    /// Its share. Zero where no weight is given.
    pub weight: Share,
}

/// What forces a track, whatever the weights are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Force {
    /// Name of the request header, lower case.
    pub header: Option<String>,
    /// The header's value that means canary. Absent: `always` and `canary` mean canary, `baseline` means baseline, `never` and `stable` mean stable.
    pub header_value: Option<String>,
    /// Name of the cookie; its values are those of the header without `header_value`.
    pub cookie: Option<String>,
}

/// What identifies a user who is to stay on one track.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sticky {
    /// A cookie, set by the proxy where the request has none.
    Cookie(String),
    /// A request header, lower case; without it the request is split as any other.
    Header(String),
    /// The client's address.
    Address,
}

/// What is wrong with one annotation. The rest of them is served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnotationProblem {
    /// Under our prefix, but not known.
    #[error("unknown annotation{}", .0.map(|n| format!(", did you mean {n}?")).unwrap_or_default())]
    Unknown(Option<&'static str>),
    /// A weight that is not a share.
    #[error(transparent)]
    Share(#[from] InvalidShare),
    /// A weight without the Service that it is for.
    #[error("a weight without {0}: name the Service that gets this share")]
    WeightWithoutService(&'static str),
    /// The shares of canary and baseline are more than the whole.
    #[error("canary and baseline together are more than 100 %")]
    Over,
    /// A value that none of the forms matches.
    #[error("{0:?} is not one of cookie, cookie:NAME, header:NAME, address")]
    Sticky(String),
    /// A header value without the header.
    #[error("a header value without {}: name the header", names::CANARY_HEADER)]
    ValueWithoutHeader,
    /// Not a name of a header or cookie (RFC 9110 section 5.6.2 `token`), or of a Service.
    #[error("{0:?} is not a valid name here")]
    Name(String),
}

impl ServiceAnnotations {
    /// Reads the annotations under our prefix. What is wrong is returned with its key and left out of the result; a weight that is wrong leaves
    /// its track out, so that a caller can keep the last good one.
    #[must_use]
    pub fn parse(annotations: &BTreeMap<String, String>) -> (Self, Vec<(String, AnnotationProblem)>) {
        let mut problems = Vec::new();
        for key in annotations.keys().filter(|key| key.starts_with(names::PREFIX)) {
            if !names::SERVICE_ANNOTATIONS.contains(&key.as_str()) {
                let nearest = names::nearest(key, names::SERVICE_ANNOTATIONS);
                problems.push((key.clone(), AnnotationProblem::Unknown(nearest)));
            }
        }
        let mut reader = Reader { annotations, problems };
        let mut canary = reader.track(names::CANARY_SERVICE, names::CANARY_WEIGHT);
        let mut baseline = reader.track(names::BASELINE_SERVICE, names::BASELINE_WEIGHT);
        let sum = |track: &Option<TrackAnnotation>| track.as_ref().map_or(Share::ZERO, |t| t.weight);
        if sum(&canary).checked_add(sum(&baseline)).is_none() {
            reader.fail(names::CANARY_WEIGHT, AnnotationProblem::Over);
            (canary, baseline) = (None, None);
        }
        let force = reader.force();
        let sticky = reader.sticky();
        (Self { canary, baseline, force, sticky }, reader.problems)
    }
}

/// Reads annotations one by one and collects what is wrong.
struct Reader<'a> {
    annotations: &'a BTreeMap<String, String>,
    problems: Vec<(String, AnnotationProblem)>,
}

impl Reader<'_> {
    fn fail(&mut self, key: &str, problem: AnnotationProblem) {
        self.problems.push((key.to_owned(), problem));
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(|value| value.trim())
    }

    fn track(&mut self, service_key: &'static str, weight_key: &'static str) -> Option<TrackAnnotation> {
        let service = self.name(service_key);
        let weight = match self.get(weight_key).map(str::parse::<Share>) {
            None => Share::ZERO,
            Some(Ok(weight)) if service.is_some() || self.annotations.contains_key(service_key) => weight,
            Some(Ok(_)) => {
                self.fail(weight_key, AnnotationProblem::WeightWithoutService(service_key));
                return None;
            }
            Some(Err(invalid)) => {
                self.fail(weight_key, invalid.into());
                return None;
            }
        };
        Some(TrackAnnotation { service: service?, weight })
    }

    fn force(&mut self) -> Force {
        let header = self.name(names::CANARY_HEADER).map(|name| name.to_ascii_lowercase());
        let header_value = self.get(names::CANARY_HEADER_VALUE).map(str::to_owned);
        if header.is_none() && header_value.is_some() {
            self.fail(names::CANARY_HEADER_VALUE, AnnotationProblem::ValueWithoutHeader);
        }
        Force {
            header_value: header_value.filter(|_| header.is_some()),
            header,
            cookie: self.name(names::CANARY_COOKIE),
        }
    }

    fn sticky(&mut self) -> Option<Sticky> {
        let text = self.get(names::STICKY)?;
        let parsed = match text.split_once(':') {
            None if text == "cookie" => Some(Sticky::Cookie(names::STICKY_COOKIE.to_owned())),
            None if text == "address" => Some(Sticky::Address),
            Some(("cookie", name)) if names::is_token(name) => Some(Sticky::Cookie(name.to_owned())),
            Some(("header", name)) if names::is_token(name) => {
                Some(Sticky::Header(name.to_ascii_lowercase()))
            }
            None | Some(_) => None,
        };
        if parsed.is_none() {
            let problem = AnnotationProblem::Sticky(text.to_owned());
            self.fail(names::STICKY, problem);
        }
        parsed
    }

    fn name(&mut self, key: &'static str) -> Option<String> {
        let name = self.get(key)?.to_owned();
        if names::is_token(&name) {
            return Some(name);
        }
        self.fail(key, AnnotationProblem::Name(name));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{AnnotationProblem, ServiceAnnotations, Sticky};
    use crate::names;

    fn parse(pairs: &[(&str, &str)]) -> (ServiceAnnotations, Vec<(String, AnnotationProblem)>) {
        ServiceAnnotations::parse(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn all_annotations_are_read() {
        let (read, problems) = parse(&[
            (names::CANARY_SERVICE, "shop-canary"),
            (names::CANARY_WEIGHT, "0.1"),
            (names::BASELINE_SERVICE, "shop-baseline"),
            (names::BASELINE_WEIGHT, "33.33"),
            (names::CANARY_HEADER, "X-Canary"),
            (names::CANARY_HEADER_VALUE, "yes"),
            (names::CANARY_COOKIE, "canary"),
            (names::STICKY, "cookie:user"),
            ("other.example/key", "left alone"),
        ]);
        assert_eq!(problems, []);
        assert_eq!(read.canary.as_ref().unwrap().weight.basis_points(), 10);
        assert_eq!(read.baseline.as_ref().unwrap().weight.basis_points(), 3333);
        assert_eq!(read.force.header.as_deref(), Some("x-canary"));
        assert_eq!(read.sticky, Some(Sticky::Cookie("user".to_owned())));
    }

    #[test]
    fn each_fault_is_named_and_the_rest_is_kept() {
        let (read, problems) = parse(&[
            (names::CANARY_SERVICE, "shop-canary"),
            (names::CANARY_WEIGHT, "5%%"),
            (names::BASELINE_WEIGHT, "5"),
            (names::STICKY, "cookie:"),
            ("weir.dev/canary-wieght", "5"),
            (names::CANARY_COOKIE, "canary"),
        ]);
        assert_eq!((read.canary, read.baseline), (None, None));
        assert_eq!(read.force.cookie.as_deref(), Some("canary"));
        let keys: Vec<_> = problems.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(
            keys,
            ["weir.dev/canary-wieght", names::CANARY_WEIGHT, names::BASELINE_WEIGHT, names::STICKY]
        );
        assert_eq!(problems[0].1.to_string(), "unknown annotation, did you mean weir.dev/canary-weight?");
    }

    #[test]
    fn shares_over_the_whole_are_refused_together() {
        let (read, problems) = parse(&[
            (names::CANARY_SERVICE, "c"),
            (names::CANARY_WEIGHT, "60"),
            (names::BASELINE_SERVICE, "b"),
            (names::BASELINE_WEIGHT, "41"),
        ]);
        assert_eq!((read.canary, read.baseline), (None, None));
        assert_eq!(problems, [(names::CANARY_WEIGHT.to_owned(), AnnotationProblem::Over)]);
    }
}
