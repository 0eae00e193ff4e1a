//! Makes the request of a given number: its target and variations are a pure function of that number and the seed.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;

use crate::plan::{Plan, PlanError, Protocol, Variation};

/// A request that only lacks its variations.
#[derive(Debug)]
struct Template {
    /// Up to which share of the draws this one is taken.
    until: f64,
    uri: Uri,
    headers: HeaderMap,
}

/// Everything needed to make requests.
#[derive(Debug)]
pub(super) struct Recipe {
    method: Method,
    templates: Vec<Template>,
    variations: Vec<Variation>,
    body: Bytes,
    seed: u64,
}

impl Recipe {
    pub(super) fn new(plan: &Plan) -> Result<Self, PlanError> {
        let total: f64 = plan.targets.iter().map(|target| target.weight).sum();
        if total <= 0.0 {
            return Err(PlanError::NoTarget);
        }
        let mut until = 0.0;
        let mut templates = Vec::with_capacity(plan.targets.len());
        for target in plan.targets.iter().filter(|target| target.weight > 0.0) {
            until += target.weight / total;
            let (uri, headers) = head(plan, &target.url)?;
            templates.push(Template { until, uri, headers });
        }
        Ok(Self {
            method: plan.method.clone(),
            templates,
            variations: plan.variations.clone(),
            body: plan.body.clone(),
            seed: plan.seed,
        })
    }

    /// Values that the `variation`-th header takes, and which of them request `index` has.
    pub(super) fn choice(&self, index: u64, variation: usize) -> Option<usize> {
        let values = self.variations.get(variation)?.values.len();
        let stream = u64::try_from(variation).unwrap_or(u64::MAX).wrapping_add(1);
        scale(mix(self.seed, index, stream), values)
    }

    /// The request with this number.
    pub(super) fn request(&self, index: u64) -> Option<Request<Full<Bytes>>> {
        let template = match self.templates.as_slice() {
            [only] => only,
            several => {
                let draw = fraction(mix(self.seed, index, 0));
                several.iter().find(|template| draw < template.until).or(several.last())?
            }
        };
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = template.uri.clone();
        *request.headers_mut() = template.headers.clone();
        for (number, variation) in self.variations.iter().enumerate() {
            if let Some(value) = self.choice(index, number).and_then(|chosen| variation.values.get(chosen)) {
                request.headers_mut().append(variation.name.clone(), value.clone());
            }
        }
        Some(request)
    }
}

/// URI and headers as the protocol wants them: origin form and Host, or everything in the URI.
fn head(plan: &Plan, url: &Uri) -> Result<(Uri, HeaderMap), PlanError> {
    let refused = || PlanError::Url(url.to_string());
    let own = url.authority().ok_or_else(refused)?;
    let authority = plan.host.as_ref().unwrap_or(own);
    let path = url.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let mut headers = HeaderMap::new();
    let uri = match plan.protocol {
        Protocol::Http1 => {
            headers.insert(header::HOST, HeaderValue::from_str(authority.as_str()).map_err(|_| refused())?);
            path.parse().map_err(|_| refused())?
        }
        Protocol::Http2 { .. } => Uri::builder()
            .scheme(url.scheme_str().unwrap_or("http"))
            .authority(authority.as_str())
            .path_and_query(path)
            .build()
            .map_err(|_| refused())?,
    };
    for (name, value) in &plan.headers {
        headers.append(name, value.clone());
    }
    Ok((uri, headers))
}

/// 64 bits that look random for every combination (the finaliser of `SplitMix64`).
fn mix(seed: u64, index: u64, stream: u64) -> u64 {
    let mut z = seed
        .wrapping_mul(0xd134_2543_de82_ef95)
        .wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add(stream.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        z = (z ^ (z >> 30)).wrapping_mul(factor);
    }
    z ^ (z >> 31)
}

/// The draw as a number below `count`.
fn scale(draw: u64, count: usize) -> Option<usize> {
    let scaled = (u128::from(draw) * u128::try_from(count).ok()?) >> 64;
    usize::try_from(scaled).ok()
}

/// The draw as a fraction below 1.
fn fraction(draw: u64) -> f64 {
    f64::from(u32::try_from(draw >> 32).unwrap_or(u32::MAX)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Pace;

    fn plan() -> Plan {
        let pace = Pace::Closed { lanes: std::num::NonZeroUsize::MIN, requests: None, duration: None };
        Plan::new("http://shop.test/a?b=c", pace).unwrap()
    }

    #[test]
    fn targets_are_chosen_by_their_weights() {
        let targets = ["70%:http://shop.test/a", "20%:http://shop.test/b", "10%:http://shop.test/c"];
        let plan = Plan { targets: targets.map(|target| target.parse().unwrap()).to_vec(), ..plan() };
        let recipe = Recipe::new(&plan).unwrap();
        let count = |path: &str| {
            (0..100_000).filter(|&index| recipe.request(index).unwrap().uri().path() == path).count()
        };
        for (path, expected) in [("/a", 70_000), ("/b", 20_000), ("/c", 10_000)] {
            assert!(count(path).abs_diff(expected) < 600, "{path}: {}", count(path));
        }
    }

    #[test]
    fn simulated_users_come_equally_often_and_the_same_request_has_the_same_user() {
        let plan = Plan { variations: vec![Variation::user_cookie("user", 10).unwrap()], ..plan() };
        let recipe = Recipe::new(&plan).unwrap();
        let mut counts = [0_u32; 10];
        for index in 0..100_000 {
            let user = recipe.choice(index, 0).unwrap();
            counts[user] += 1;
            assert_eq!(recipe.request(index).unwrap().headers()["cookie"], format!("user=user-{user}"));
        }
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 500), "{counts:?}");
    }

    #[test]
    fn http1_has_origin_form_and_host_and_http2_has_all_of_it_in_the_uri() {
        let host = Some("other.test".parse().unwrap());
        let request = Recipe::new(&Plan { host, ..plan() }).unwrap().request(0).unwrap();
        assert_eq!(
            (request.uri().to_string().as_str(), &request.headers()["host"]),
            ("/a?b=c", &HeaderValue::from_static("other.test"))
        );
        let protocol = Protocol::Http2 { streams: std::num::NonZeroUsize::MIN };
        let request = Recipe::new(&Plan { protocol, ..plan() }).unwrap().request(0).unwrap();
        assert_eq!(request.uri(), "http://shop.test/a?b=c");
        assert!(request.headers().is_empty());
    }
}
