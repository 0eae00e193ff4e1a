//! An entry and its secrets to a source.

use http::HeaderName;

use super::Fault;
use super::entry::{Entry, Kind};
use super::keys;
use crate::sources::http::{HttpAsker, Retry};
use crate::sources::{
    CloudWatch, Collector, Credentials, CredentialsError, Datadog, Generic, Graphite, Influxdb, NewRelic,
    Prometheus, Served, Signer, Sources, Store,
};

/// These sources and that of the entry.
pub(super) fn add(
    sources: Sources,
    entry: &Entry,
    retry: Retry,
    secret: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Sources, Fault> {
    let asker = HttpAsker::new(credentials(entry, secret)?, retry).map_err(|error| ("url", error))?;
    let opened = Opened { entry, asker };
    match entry.kind {
        Kind::Prometheus => opened.add(sources, Prometheus),
        Kind::Datadog => opened.add(sources, Datadog),
        Kind::Graphite => opened.add(sources, Graphite),
        Kind::Influxdb => opened.add(
            sources,
            Influxdb { database: entry.database.clone(), retention_policy: entry.retention_policy.clone() },
        ),
        Kind::Newrelic => opened.add(
            sources,
            NewRelic {
                account: entry.account_id.unwrap_or_default(),
                scope_key: entry.scope_key.clone(),
                location_key: entry.location_key.clone(),
            },
        ),
        Kind::Http => opened.add(sources, Generic),
        Kind::Collector => opened.add(sources, Collector),
        Kind::Cloudwatch => opened.add(sources, CloudWatch),
    }
}

/// An entry that can be asked.
struct Opened<'a> {
    entry: &'a Entry,
    asker: HttpAsker,
}

impl Opened<'_> {
    /// Only a store that its maker runs needs no address: its example is where that is, in its region.
    fn add<S: Store + 'static>(self, sources: Sources, store: S) -> Result<Sources, Fault> {
        let Entry { name, kind, url, region, .. } = self.entry;
        let of_region = || region.as_ref().map(|region| format!("https://monitoring.{region}.amazonaws.com"));
        let url = url.clone().or_else(of_region).unwrap_or_else(|| S::EXAMPLE.to_owned());
        let served = Served::new(store, &url, self.asker).map_err(|error| ("url", error.to_string()))?;
        Ok(sources.with(name, kind.name(), served))
    }
}

/// Header fields of keys.
const DATADOG_KEY: HeaderName = HeaderName::from_static("dd-api-key");
const DATADOG_APPLICATION_KEY: HeaderName = HeaderName::from_static("dd-application-key");
const NEW_RELIC_KEY: HeaderName = HeaderName::from_static("api-key");
const KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who asks, with all the secrets that the entry names.
fn credentials(entry: &Entry, secret: &dyn Fn(&str) -> Result<String, String>) -> Result<Credentials, Fault> {
    let Entry { token_file, basic_auth_file, api_key_file, application_key_file, api_key_header, .. } = entry;
    let key = match entry.kind {
        Kind::Datadog => DATADOG_KEY,
        Kind::Newrelic => NEW_RELIC_KEY,
        Kind::Prometheus
        | Kind::Graphite
        | Kind::Influxdb
        | Kind::Http
        | Kind::Collector
        | Kind::Cloudwatch => KEY,
    };
    let key = match api_key_header {
        Some(name) => HeaderName::try_from(name)
            .map_err(|_| ("apiKeyHeader", format!("{name:?} is no name of a header field")))?,
        None => key,
    };
    // What an InfluxDB calls its own; Bearer is for tokens of others there.
    let scheme = if entry.kind == Kind::Influxdb { "Token" } else { "Bearer" };
    let mut credentials = Credentials::default();
    let mut add = |field: &'static str, file: &Option<String>, add: &dyn Fn(Credentials, &str) -> Added| {
        let Some(file) = file else { return Ok(()) };
        let text = secret(file).map_err(|reason| (field, format!("{file} cannot be read: {reason}")))?;
        let added = add(std::mem::take(&mut credentials), &text);
        credentials = added.map_err(|error| (field, format!("{file}: {error}")))?;
        Ok(())
    };
    add("tokenFile", token_file, &|_, token| Credentials::token(scheme, token))?;
    add("basicAuthFile", basic_auth_file, &|_, pair| Credentials::basic(pair))?;
    add("apiKeyFile", api_key_file, &|all, text| all.with_key(key.clone(), text))?;
    add("applicationKeyFile", application_key_file, &|all, text| {
        all.with_key(DATADOG_APPLICATION_KEY, text)
    })?;
    match keys(entry, secret)? {
        Some(signer) => Ok(credentials.signing(signer)),
        None => Ok(credentials),
    }
}

/// Keys of an account that signs.
fn keys(entry: &Entry, secret: &dyn Fn(&str) -> Result<String, String>) -> Result<Option<Signer>, Fault> {
    let Entry { region: Some(region), credentials_file: Some(file), profile, .. } = entry else {
        return Ok(None);
    };
    let wrong = |what: String| ("credentialsFile", format!("{file}: {what}"));
    let text = secret(file).map_err(|reason| wrong(format!("cannot be read: {reason}")))?;
    let profile = profile.as_deref().unwrap_or("default");
    keys::signer(&text, profile, region, "monitoring").map(Some).map_err(wrong)
}

/// Credentials with one more, or what is wrong with it.
type Added = Result<Credentials, CredentialsError>;
