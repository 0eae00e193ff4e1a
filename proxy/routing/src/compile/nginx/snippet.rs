//! Snippets: pieces of nginx's own configuration. Nothing here reads them, now or later; what most of them are for has an annotation.

/// What to do instead of a snippet; `None` where the annotation is none.
pub(super) fn instead(name: &str) -> Option<&'static str> {
    Some(match name {
        "configuration-snippet" | "location-snippet" => {
            "headers of responses: custom-headers; redirects and rewrites: permanent-redirect, temporal-redirect, rewrite-target; addresses: \
             allowlist-source-range, denylist-source-range; everything else belongs into the service, or into a proxy of yours before it"
        }
        "server-snippet" => {
            "other names of the host: server-alias; redirects: permanent-redirect, from-to-www-redirect; paths that nobody may see: leave them out of \
             the Ingress's rules; everything else belongs into the service, or into a proxy of yours before it"
        }
        "auth-snippet" => {
            "auth-url with auth-method, auth-proxy-set-headers and auth-response-headers say what is asked and what is passed on"
        }
        "modsecurity-snippet" => {
            "put a firewall for web applications before Weir, or between Weir and the service"
        }
        "stream-snippet" => "Weir serves HTTP only: give other protocols a Service of type LoadBalancer",
        _ if name.ends_with("-snippet") => "say it by other annotations, or in the service",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::instead;
    use crate::compile::nginx::known::KNOWN;

    #[test]
    fn what_is_named_instead_is_known() {
        let snippets = ["configuration-snippet", "server-snippet", "auth-snippet", "modsecurity-snippet"];
        for snippet in snippets {
            let text = instead(snippet).unwrap();
            for word in text.split([' ', ',', ';', ':']).filter(|word| word.matches('-').count() > 0) {
                assert!(KNOWN.iter().any(|(known, _)| *known == word), "{word} in {text}");
            }
        }
        assert_eq!(instead("rewrite-target"), None);
    }
}
