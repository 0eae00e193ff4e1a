//! Where an image is: the registry that is asked, and the image's name there.

use http::uri::Authority;

/// Docker's own registry is asked at another host than the one that names give.
const DOCKER: (&str, &str) = ("docker.io", "registry-1.docker.io");

/// An image's place, as <https://pkg.go.dev/github.com/distribution/reference> reads it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The registry as images name it: `ghcr.io`, `localhost:5000`; `docker.io` where they do not.
    pub registry: String,
    /// The image's name there: `owner/name`.
    pub name: String,
}

impl Place {
    /// Reads an image's name, without tag and digest; `None`: it is none.
    ///
    /// What is before the first `/` is a registry where it looks like a host (it has a dot or a port, or is `localhost`).
    #[must_use]
    pub fn read(repository: &str) -> Option<Self> {
        let is_host = |text: &str| text.contains(['.', ':']) || text == "localhost";
        let (registry, name) = match repository.split_once('/') {
            Some((registry, name)) if is_host(registry) => (registry, name.to_owned()),
            Some(_) => (DOCKER.0, repository.to_owned()),
            None => (DOCKER.0, format!("library/{repository}")),
        };
        let is_host = |authority: Authority| authority.port_u16().is_some() || authority.host() == registry;
        let is_place =
            registry.parse().is_ok_and(is_host) && !registry.contains('@') && name.split('/').all(is_part);
        is_place.then(|| Self { registry: registry.to_owned(), name })
    }

    /// The host that is asked, with its port where it has one.
    #[must_use]
    pub fn host(&self) -> &str {
        if self.registry == DOCKER.0 { DOCKER.1 } else { &self.registry }
    }

    /// Whether an entry of a file of passwords is for this registry: `ghcr.io`, `https://ghcr.io`, `https://index.docker.io/v1/`.
    #[must_use]
    pub fn is_meant_by(&self, entry: &str) -> bool {
        let entry = entry.split_once("://").map_or(entry, |(_, rest)| rest);
        let host = entry.split('/').next().unwrap_or_default();
        host == self.registry || host == self.host() || self.registry == DOCKER.0 && host == "index.docker.io"
    }
}

/// A part of a name as the distribution's specification has it.
fn is_part(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(plain)
        && part.ends_with(plain)
        && part.chars().all(|c| plain(c) || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_name_without_a_registry_is_docker_s() {
        for (repository, registry, name, host) in [
            ("ghcr.io/acme/cart", "ghcr.io", "acme/cart", "ghcr.io"),
            ("localhost:5000/cart", "localhost:5000", "cart", "localhost:5000"),
            ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000", "a/b/c", "127.0.0.1:5000"),
            ("localhost/cart", "localhost", "cart", "localhost"),
            ("acme/cart", "docker.io", "acme/cart", "registry-1.docker.io"),
            ("redis", "docker.io", "library/redis", "registry-1.docker.io"),
            ("docker.io/acme/cart", "docker.io", "acme/cart", "registry-1.docker.io"),
        ] {
            let place = Place::read(repository).unwrap();
            assert_eq!(
                (place.registry.as_str(), place.name.as_str(), place.host()),
                (registry, name, host),
                "{repository}"
            );
        }
    }

    #[test]
    fn what_is_no_name_has_no_place() {
        for repository in [
            "",
            "/",
            "ghcr.io/",
            "ghcr.io//cart",
            "ghcr.io/Acme/cart",
            "ghcr.io/../cart",
            "ghcr.io/cart?n=1",
            "me@ghcr.io/cart",
            "me:pw@ghcr.io/cart",
            "ghcr.io:port/cart",
            "ghcr.io/cart:1",
            "https://ghcr.io/cart",
        ] {
            assert_eq!(Place::read(repository), None, "{repository}");
        }
    }

    #[test]
    fn passwords_are_found_by_the_registry_alone() {
        let docker = Place::read("acme/cart").unwrap();
        let other = Place::read("ghcr.io/acme/cart").unwrap();
        for (entry, is_docker, is_other) in [
            ("https://index.docker.io/v1/", true, false),
            ("docker.io", true, false),
            ("registry-1.docker.io", true, false),
            ("ghcr.io", false, true),
            ("https://ghcr.io/v2/", false, true),
            ("ghcr.io.example.com", false, false),
            ("https://example.com/ghcr.io", false, false),
        ] {
            assert_eq!(
                (docker.is_meant_by(entry), other.is_meant_by(entry)),
                (is_docker, is_other),
                "{entry}"
            );
        }
    }
}
