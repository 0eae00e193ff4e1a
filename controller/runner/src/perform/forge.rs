//! Where the sources are kept: whose API, which repository, who asks.

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use weir_outbound::Question;
use weir_outbound::secrets::Secrets;
use weir_pipeline::event::Fault;

use super::Job;

/// What may stand in a part of a path as it is (RFC 3986, 2.3).
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whose API it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forge {
    GitHub,
    GitLab,
    Gitea,
    /// Bitbucket Cloud.
    Bitbucket,
}

/// A repository of a forge, and who asks about it.
#[derive(Clone)]
pub(crate) struct Repository {
    pub(super) forge: Forge,
    /// Without a slash at its end.
    api: String,
    /// `owner/name`, with all groups.
    pub(super) name: String,
    token: String,
}

impl Forge {
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "github" => Some(Self::GitHub),
            "gitlab" => Some(Self::GitLab),
            "gitea" | "forgejo" => Some(Self::Gitea),
            "bitbucket" => Some(Self::Bitbucket),
            _ => None,
        }
    }

    /// The API of the public one. Every Gitea is somebody's own.
    const fn api(self) -> Option<&'static str> {
        match self {
            Self::GitHub => Some("https://api.github.com"),
            Self::GitLab => Some("https://gitlab.com/api/v4"),
            Self::Bitbucket => Some("https://api.bitbucket.org/2.0"),
            Self::Gitea => None,
        }
    }
}

impl Job {
    /// The repository that the run is about.
    pub(super) fn repository(&self, api: Option<&str>, secret: &str) -> Result<Repository, Fault> {
        Repository::of_trigger(&self.about.trigger, &self.shared.secrets, api, secret)
    }
}

impl Repository {
    /// The repository that a run is about, as its trigger tells.
    pub(crate) fn of_trigger(
        trigger: &Value,
        secrets: &Secrets,
        api: Option<&str>,
        secret: &str,
    ) -> Result<Self, Fault> {
        let told = |key: &str| trigger.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let forge = told("forge").or_else(|| told("source")).unwrap_or_default();
        let forge = Forge::named(forge).ok_or_else(|| {
            Fault::work(format!(
                "the trigger does not say which forge it is about: its `forge` is {forge:?}, and has to be github, gitlab, gitea or bitbucket"
            ))
        })?;
        let repository = told("repository").ok_or_else(|| Fault::work("the trigger names no repository"))?;
        let name = full_name(repository).ok_or_else(|| {
            Fault::work(format!("{repository:?} of the trigger is no repository: it is OWNER/NAME"))
        })?;
        let api = api.or(forge.api()).ok_or_else(|| {
            Fault::work("give `api`: every Gitea has its own, such as https://git.example.com/api/v1")
        })?;
        let token = secrets.find(secret, "token").map_err(Fault::work)?;
        let token = token.ok_or_else(|| Fault::work(format!("secret {secret:?} has no `token`")))?;
        Ok(Self { forge, api: api.trim_end_matches('/').to_owned(), name, token })
    }

    /// A question about the repository: `path` comes after its own.
    pub(super) fn question(&self, method: Method, path: &str) -> Result<Question, Fault> {
        let Self { forge, api, name, token } = self;
        let encoded = |text: &str| utf8_percent_encode(text, IN_PATH).to_string();
        let parts = || name.split('/').map(encoded).collect::<Vec<_>>().join("/");
        let (own, field, value) = match forge {
            Forge::GitHub => (format!("repos/{}", parts()), "authorization", format!("Bearer {token}")),
            Forge::Gitea => (format!("repos/{}", parts()), "authorization", format!("token {token}")),
            Forge::GitLab => (format!("projects/{}", encoded(name)), "private-token", token.clone()),
            Forge::Bitbucket => {
                (format!("repositories/{}", parts()), "authorization", format!("Bearer {token}"))
            }
        };
        let fields: &[(&str, &str)] = match forge {
            Forge::GitHub => {
                &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")]
            }
            Forge::GitLab | Forge::Gitea | Forge::Bitbucket => &[],
        };
        Question::new(method, &format!("{api}/{own}/{path}"))
            .and_then(|question| question.with_secret(field, &value, token))
            .and_then(|question| fields.iter().try_fold(question, |all, (name, value)| all.with(name, value)))
            .map_err(Fault::work)
    }
}

/// `owner/name` of what is given so, or as an address to clone from: `https://host/owner/name.git`, `git@host:owner/name.git`.
fn full_name(repository: &str) -> Option<String> {
    let path = match repository.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => repository.split_once(':').map_or(repository, |(_, path)| path),
    };
    let path = path.trim_matches('/');
    let name = path.strip_suffix(".git").unwrap_or(path);
    let is_name =
        name.contains('/') && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::full_name;

    #[test]
    fn a_repository_is_named_by_its_owner_and_itself_however_it_is_given() {
        for (given, name) in [
            ("acme/shop", Some("acme/shop")),
            ("https://git.test/acme/web/shop.git", Some("acme/web/shop")),
            ("git@git.test:acme/shop.git", Some("acme/shop")),
            ("ssh://git@git.test:2222/acme/shop", Some("acme/shop")),
            ("shop", None),
            ("acme/../shop", None),
            ("acme//shop", None),
            ("https://git.test", None),
        ] {
            assert_eq!(full_name(given).as_deref(), name, "{given}");
        }
    }
}
