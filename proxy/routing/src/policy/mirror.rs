//! `mirror-target`: a copy of each request goes elsewhere.

use serde::Serialize;

use crate::variables::{Facts, Text};

/// Where copies of requests go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mirror {
    /// The URL.
    pub target: Text,
    /// The Host that they have; none: that of the URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Text>,
    /// Whether they have the bodies of the requests (`mirror-request-body`).
    pub with_body: bool,
}

/// Where the copy of one request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The URL.
    pub url: String,
    /// The Host that it has; none: that of the URL.
    pub host: Option<String>,
    /// Whether it has the body of the request.
    pub with_body: bool,
}

impl Mirror {
    /// Where the copy of this request goes; `None` where what it is made of is no text.
    #[must_use]
    pub fn of(&self, facts: &Facts<'_>) -> Option<Copied> {
        let fill = |text: &Text| String::from_utf8(text.fill(facts)).ok();
        let host = match &self.host {
            Some(host) => Some(fill(host)?),
            None => None,
        };
        Some(Copied { url: fill(&self.target)?, host, with_body: self.with_body })
    }
}
