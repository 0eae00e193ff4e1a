//! How failed requests are tried again.

use clap::{Args, ValueEnum};

/// How failed requests are tried again.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Requests that fail")]
pub struct RetryArgs {
    /// Further endpoints of the same track that a request is tried on when nothing of it was sent (refused or dead connections).
    #[arg(long, value_name = "N", env = "WEIR_CONNECT_RETRIES", default_value_t = 2)]
    pub connect_retries: u32,
    /// What a canary or baseline does to a request without the user seeing it: the request is sent once more, to stable.
    #[arg(long, value_name = "WHEN", env = "WEIR_RESCUE", value_enum, default_value_t = Rescue::Failures)]
    pub rescue: Rescue,
}

/// When a request that canary or baseline failed is sent to stable. The failure counts against the canary in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rescue {
    /// Never: users see the canary's failures.
    Off,
    /// When there was no answer: refused, reset, or not HTTP.
    Failures,
    /// Also when the answer was 5xx and the request is safe to repeat.
    Errors,
}
