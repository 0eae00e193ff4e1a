//! Passwords and tokens: <https://distribution.github.io/distribution/spec/auth/token/>.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, StatusCode, Uri};
use serde::Deserialize;
use weir_outbound::authorization;
use weir_trigger::poll::registry::{Challenge, is_trusted};

use super::{Registry, RegistryError};

#[derive(Deserialize)]
struct Given {
    token: Option<String>,
    access_token: Option<String>,
}

impl Registry<'_> {
    /// What the registry is to be told, as its fields `WWW-Authenticate` want it.
    pub(super) async fn sign_in<'f>(
        &self,
        fields: impl Iterator<Item = &'f str>,
    ) -> Result<HeaderValue, RegistryError> {
        let registry = &self.place.registry;
        let refused =
            |why: &str| RegistryError::SignIn(format!("{registry} wants to be signed in to, {why}"));
        match Challenge::read(fields) {
            None => Err(refused("in a way that is not known here")),
            Some(Challenge::Basic) => {
                let known = self.account.as_ref().and_then(super::Account::basic);
                known
                    .filter(|known| self.authorization.as_ref() != Some(known))
                    .ok_or_else(|| refused("and no password is right: name a secret in `credentials`"))
            }
            Some(Challenge::Bearer { realm, service }) => self.token(&realm, service.as_deref()).await,
        }
    }

    /// A token to read this image, whatever else the registry speaks of.
    async fn token(&self, realm: &str, service: Option<&str>) -> Result<HeaderValue, RegistryError> {
        let not_there = || RegistryError::SignIn(format!("{realm:?} is no place to ask for a token"));
        let uri: Uri = realm.parse().map_err(|_invalid| not_there())?;
        if !is_trusted(&uri, self.insecure) {
            return Err(not_there());
        }
        let scope = format!("repository:{}:pull", self.place.name);
        let pairs =
            service.map(|service| ("service", service)).into_iter().chain([("scope", scope.as_str())]);
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let joined = if realm.contains('?') { '&' } else { '?' };
        let mut request = Request::get(format!("{realm}{joined}{query}"));
        if let Some(basic) = self.account.as_ref().and_then(super::Account::basic) {
            request = request.header(AUTHORIZATION, basic);
        }
        let request = request.body(Bytes::new()).map_err(|_invalid| not_there())?;
        let answer = self.call(realm.to_owned(), request).await?;
        if answer.status != StatusCode::OK {
            return Err(RegistryError::Status { at: realm.to_owned(), status: answer.status });
        }
        // What is answered there is a secret, so nothing of it is told.
        let given: Option<Given> = serde_json::from_slice(&answer.body).ok();
        let token = given.and_then(|given| given.token.or(given.access_token));
        let value = token.and_then(|token| authorization::bearer(&token));
        value.ok_or_else(|| RegistryError::SignIn(format!("{realm} gives no token")))
    }
}
