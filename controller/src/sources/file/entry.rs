//! A source as it is written, and which fields each type has.

use serde::Deserialize;

use super::Fault;

/// What a metric's `query.type` calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Prometheus,
    Datadog,
    Graphite,
    Influxdb,
    Newrelic,
    Http,
    Collector,
    Cloudwatch,
}

/// A source.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Entry {
    /// Tells it apart from others of its type.
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    /// Its address.
    pub(super) url: Option<String>,
    /// File with a token for `Authorization`.
    pub(super) token_file: Option<String>,
    /// File with `name:password`.
    pub(super) basic_auth_file: Option<String>,
    /// File with a key for a header field of its own.
    pub(super) api_key_file: Option<String>,
    /// File with a second one.
    pub(super) application_key_file: Option<String>,
    /// Name of the first key's field.
    pub(super) api_key_header: Option<String>,
    /// Of an `InfluxDB`.
    pub(super) database: Option<String>,
    pub(super) retention_policy: Option<String>,
    /// Of New Relic.
    pub(super) account_id: Option<u32>,
    pub(super) scope_key: Option<String>,
    pub(super) location_key: Option<String>,
    /// Of AWS, with the file of the keys and which of them.
    pub(super) region: Option<String>,
    pub(super) credentials_file: Option<String>,
    pub(super) profile: Option<String>,
}

impl Kind {
    /// As it is written.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::Datadog => "datadog",
            Self::Graphite => "graphite",
            Self::Influxdb => "influxdb",
            Self::Newrelic => "newrelic",
            Self::Http => "http",
            Self::Collector => "collector",
            Self::Cloudwatch => "cloudwatch",
        }
    }

    /// The fields that it has beside name, type and url.
    const fn has(self) -> &'static [&'static str] {
        match self {
            Self::Prometheus | Self::Graphite | Self::Collector => &["tokenFile", "basicAuthFile"],
            Self::Datadog => &["apiKeyFile", "applicationKeyFile"],
            Self::Influxdb => &["tokenFile", "basicAuthFile", "database", "retentionPolicy"],
            Self::Newrelic => &["apiKeyFile", "accountId", "scopeKey", "locationKey"],
            Self::Cloudwatch => &["region", "credentialsFile", "profile"],
            Self::Http => &["tokenFile", "basicAuthFile", "apiKeyFile", "apiKeyHeader"],
        }
    }

    /// Those that it cannot do without.
    const fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Prometheus | Self::Graphite | Self::Influxdb | Self::Http | Self::Collector => &["url"],
            Self::Datadog => &["apiKeyFile", "applicationKeyFile"],
            Self::Newrelic => &["accountId", "apiKeyFile"],
            Self::Cloudwatch => &["region", "credentialsFile"],
        }
    }
}

impl Entry {
    /// The optional fields that are there.
    fn given(&self) -> Vec<&'static str> {
        let Self {
            name: _,
            kind: _,
            url,
            token_file,
            basic_auth_file,
            api_key_file,
            application_key_file,
            api_key_header,
            database,
            retention_policy,
            account_id,
            scope_key,
            location_key,
            region,
            credentials_file,
            profile,
        } = self;
        let all = [
            ("url", url.is_some()),
            ("tokenFile", token_file.is_some()),
            ("basicAuthFile", basic_auth_file.is_some()),
            ("apiKeyFile", api_key_file.is_some()),
            ("applicationKeyFile", application_key_file.is_some()),
            ("apiKeyHeader", api_key_header.is_some()),
            ("database", database.is_some()),
            ("retentionPolicy", retention_policy.is_some()),
            ("accountId", account_id.is_some()),
            ("scopeKey", scope_key.is_some()),
            ("locationKey", location_key.is_some()),
            ("region", region.is_some()),
            ("credentialsFile", credentials_file.is_some()),
            ("profile", profile.is_some()),
        ];
        all.into_iter().filter_map(|(field, is_given)| is_given.then_some(field)).collect()
    }

    /// Fields that its type does not have, and those that it needs.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let (given, kind) = (self.given(), self.kind.name());
        let mut faults = Vec::new();
        for field in given.iter().copied().filter(|field| *field != "url" && !self.kind.has().contains(field))
        {
            let has = self.kind.has().join(", ");
            faults.push((field, format!("a source of type {kind} has no such field: it has url, {has}")));
        }
        for field in self.kind.needs().iter().copied().filter(|field| !given.contains(field)) {
            faults.push((field, format!("missing: a source of type {kind} needs it")));
        }
        if given.contains(&"tokenFile") && given.contains(&"basicAuthFile") {
            faults.push((
                "basicAuthFile",
                "there is a tokenFile, too: only one of them can be sent".to_owned(),
            ));
        }
        faults
    }
}
