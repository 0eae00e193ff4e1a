//! What an Ingress requires of its requests, and what it gives them: the same for all of its routes, so they share it.

use std::sync::Arc;

use serde::Serialize;

use super::{
    Access, Affinity, ByteSize, Cors, Edits, External, Grant, HashBy, Limits, Mirror, NextUpstream, Pace,
    Patience,
};
use crate::head::Headers;

/// What an Ingress requires of its requests, and what it gives them. Default: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Which clients it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// A server that is asked about every request (`auth-url`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<Arc<External>>,
    /// Whether it is enough that the lists of networks let a client in, or somebody else who decides (`satisfy: any`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub satisfy_any: bool,
    /// What one client may ask of it at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Bytes that a request's body may have (`proxy-body-size`); 0: any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_body: Option<ByteSize>,
    /// How long an upstream is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<Patience>,
    /// How fast an answer may go out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// When another endpoint is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_upstream: Option<NextUpstream>,
    /// The `Connection` that upstreams get (`connection-proxy-header`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<&'static str>,
    /// Where copies of requests go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Mirror>,
    /// What is written anew in the head of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edits: Option<Edits>,
    /// Which requests go to the same endpoint; clients that stay with one go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_by: Option<HashBy>,
    /// How a client stays with an endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,
    /// Which pages of other origins may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
}

impl Rules {
    /// What the page that a request with these fields comes from is told, if it may use the route.
    #[must_use]
    pub fn grant<'r>(&'r self, headers: &'r dyn Headers) -> Option<Grant<'r>> {
        self.cors.as_ref()?.grant(headers.get("origin"))
    }

    /// Bytes that a request's body may have, if there is a limit.
    #[must_use]
    pub fn body_limit(&self) -> Option<u64> {
        self.max_body.map(|ByteSize(bytes)| bytes).filter(|bytes| *bytes > 0)
    }
}
