//! How a registry wants to be signed in to, and where a list of tags goes on.
//!
//! <https://distribution.github.io/distribution/spec/auth/token/>, <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags>.

use http::Uri;
use http::uri::Scheme;

/// What `WWW-Authenticate` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// A name and a password, with each call.
    Basic,
    /// A token that somebody else gives.
    Bearer {
        /// Where tokens are.
        realm: String,
        /// For whom it is to be.
        service: Option<String>,
    },
}

impl Challenge {
    /// Of the fields' values; a token where it may be one, for it is good for one image and some minutes. `None`: nothing of it is known.
    #[must_use]
    pub fn read<'f>(fields: impl IntoIterator<Item = &'f str>) -> Option<Self> {
        let all = fields.into_iter().filter_map(|field| http_auth::parse_challenges(field).ok()).flatten();
        let mut known = None;
        for challenge in all {
            let parameter = |name: &str| {
                let found = challenge.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.to_unescaped())
            };
            if challenge.scheme.eq_ignore_ascii_case("bearer")
                && let Some(realm) = parameter("realm")
            {
                return Some(Self::Bearer { realm, service: parameter("service") });
            }
            if challenge.scheme.eq_ignore_ascii_case("basic") {
                known = Some(Self::Basic);
            }
        }
        known
    }
}

/// Whether a token may be asked for there: whoever is spoken to by TLS does not lead a password away from it.
///
/// That the registry names the place is as safe as the registry: who may ask for the password itself (`Basic`) may as well say who gets it.
#[must_use]
pub fn is_trusted(realm: &Uri, insecure: bool) -> bool {
    realm.scheme() == Some(&Scheme::HTTPS) || insecure && realm.scheme() == Some(&Scheme::HTTP)
}

/// The list of tags goes on at another server, which gets no token of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list of tags goes on at {0:?}, which is elsewhere")]
pub struct Elsewhere(pub String);

/// The path and query of the next page, by the fields `Link` (RFC 8288); `None`: this was the last one.
///
/// # Errors
/// It is elsewhere.
pub fn next_page<'f>(
    links: impl IntoIterator<Item = &'f str>,
    host: &str,
) -> Result<Option<String>, Elsewhere> {
    let links = links.into_iter().flat_map(|field| field.split(",<").flat_map(|part| part.split(", <")));
    let next = links.filter_map(|link| {
        let (target, parameters) = link.trim().trim_start_matches('<').split_once('>')?;
        let is_next = |one: &str| {
            let (key, value) = one.split_once('=').unwrap_or((one, ""));
            let relations = value.trim().trim_matches('"').split(' ');
            key.trim().eq_ignore_ascii_case("rel") && { relations }
                .any(|one| one.eq_ignore_ascii_case("next"))
        };
        parameters.split(';').any(is_next).then_some(target)
    });
    let Some(target) = { next }.next() else { return Ok(None) };
    let elsewhere = || Elsewhere(target.to_owned());
    let uri: Uri = target.parse().map_err(|_invalid| elsewhere())?;
    let is_here = uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
    let is_path = |path: &String| path.starts_with('/') && !path.starts_with("//");
    let path = uri.path_and_query().map(ToString::to_string).filter(|path| is_here && is_path(path));
    path.map(Some).ok_or_else(elsewhere)
}

#[cfg(test)]
mod tests {
    use super::{Challenge, is_trusted, next_page};

    fn bearer(realm: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) }
    }

    #[test]
    fn a_token_comes_before_a_password() {
        let docker = "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull\"";
        let asked = Some(bearer("https://auth.docker.io/token", Some("registry.docker.io")));
        assert_eq!(Challenge::read([docker]), asked);
        assert_eq!(Challenge::read(["Basic realm=\"x\"", docker]), asked);
        assert_eq!(
            Challenge::read(["Basic realm=\"x\", bearer Realm=\"https://a\""]),
            Some(bearer("https://a", None))
        );
        assert_eq!(Challenge::read(["basic realm=\"a \\\" b\""]), Some(Challenge::Basic));
        for nothing in
            ["", "Digest realm=\"x\", nonce=\"y\"", "Bearer service=\"no realm\"", "\"", "Bearer realm="]
        {
            assert_eq!(Challenge::read([nothing]), None, "{nothing}");
        }
    }

    #[test]
    fn a_password_goes_nowhere_without_tls_but_where_the_registry_has_none() {
        for (realm, insecure, trusted) in [
            ("https://auth.example.com/token", false, true),
            ("https://auth.example.com/token", true, true),
            ("http://auth.example.com/token", false, false),
            ("http://auth.example.com/token", true, true),
            ("/token", true, false),
        ] {
            assert_eq!(is_trusted(&realm.parse().unwrap(), insecure), trusted, "{realm} {insecure}");
        }
    }

    #[test]
    fn a_list_goes_on_where_it_began() {
        let next = |link: &'static str| next_page([link], "reg.example:5000").map_err(|error| error.0);
        let at = |path: &str| Ok(Some(path.to_owned()));
        assert_eq!(
            next("</v2/a/tags/list?n=2&last=b%2Cc>; rel=\"next\""),
            at("/v2/a/tags/list?n=2&last=b%2Cc")
        );
        assert_eq!(next("<https://REG.example:5000/v2/a?n=1>; title=x; rel=next"), at("/v2/a?n=1"));
        assert_eq!(next("</first>; rel=\"first\", </next>; rel=\"last next\""), at("/next"));
        assert_eq!(next("</v2/a>; rel=prev"), Ok(None));
        assert_eq!(next("nonsense"), Ok(None));
        for elsewhere in
            ["<https://evil.example/v2/a>; rel=next", "<//evil.example/v2>; rel=next", "<v2 a>; rel=next"]
        {
            assert!(next(elsewhere).is_err(), "{elsewhere}");
        }
        assert_eq!(next_page([], "reg.example"), Ok(None));
    }
}
