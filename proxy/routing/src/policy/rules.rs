//! What an Ingress requires of its requests, and what it gives them: the same for all of its routes, so they share it.

use serde::Serialize;

use super::Access;

/// What an Ingress requires of its requests, and what it gives them. Default: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Which clients it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
}
