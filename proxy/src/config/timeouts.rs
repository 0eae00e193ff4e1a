//! Time limits: everything that a peer controls has one.

use std::time::Duration;

use clap::Args;

use super::duration;

/// Time limits. Their resolution is 20 ms.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Time limits")]
pub struct Timeouts {
    /// From accepting a connection to its first byte (and for the TLS handshake).
    #[arg(long, value_name = "DURATION", env = "WEIR_FIRST_BYTE_TIMEOUT", default_value = "10s", value_parser = duration)]
    pub first_byte_timeout: Duration,
    /// From the first byte of a request to the end of its header section.
    #[arg(long, value_name = "DURATION", env = "WEIR_HEADER_TIMEOUT", default_value = "10s", value_parser = duration)]
    pub header_timeout: Duration,
    /// Between two pieces of a request body.
    #[arg(long, value_name = "DURATION", env = "WEIR_REQUEST_BODY_TIMEOUT", default_value = "60s", value_parser = duration)]
    pub request_body_timeout: Duration,
    /// A client connection without a request.
    #[arg(long, value_name = "DURATION", env = "WEIR_KEEP_ALIVE_TIMEOUT", default_value = "75s", value_parser = duration)]
    pub keep_alive_timeout: Duration,
    /// A client that takes nothing of what it is sent.
    #[arg(long, value_name = "DURATION", env = "WEIR_WRITE_TIMEOUT", default_value = "60s", value_parser = duration)]
    pub write_timeout: Duration,
    /// Between two pings on an HTTP/2 connection; a client that does not answer for as long is gone.
    #[arg(long, value_name = "DURATION", env = "WEIR_H2_KEEP_ALIVE", default_value = "30s", value_parser = duration)]
    pub h2_keep_alive: Duration,
    /// For a connection to an endpoint.
    #[arg(long, value_name = "DURATION", env = "WEIR_CONNECT_TIMEOUT", default_value = "5s", value_parser = duration)]
    pub connect_timeout: Duration,
    /// From the end of a request to the head of its response.
    #[arg(long, value_name = "DURATION", env = "WEIR_RESPONSE_TIMEOUT", default_value = "60s", value_parser = duration)]
    pub response_timeout: Duration,
    /// Between two pieces of a response body, and for a tunnel in which nothing moves.
    #[arg(long, value_name = "DURATION", env = "WEIR_RESPONSE_BODY_TIMEOUT", default_value = "60s", value_parser = duration)]
    pub response_body_timeout: Duration,
    /// A connection to an endpoint that is not in use.
    #[arg(long, value_name = "DURATION", env = "WEIR_UPSTREAM_IDLE_TIMEOUT", default_value = "60s", value_parser = duration)]
    pub upstream_idle_timeout: Duration,
    /// How long the proxy still accepts connections after /readyz has turned 503, for load balancers to notice.
    #[arg(long, value_name = "DURATION", env = "WEIR_DRAIN_DELAY", default_value = "0s", value_parser = duration)]
    pub drain_delay: Duration,
    /// How long requests in flight may still take at shutdown.
    #[arg(long, value_name = "DURATION", env = "WEIR_DRAIN_TIMEOUT", default_value = "30s", value_parser = duration)]
    pub drain_timeout: Duration,
}

impl Timeouts {
    /// What is wrong, one sentence each.
    pub(super) fn faults(&self) -> Vec<String> {
        let Self {
            first_byte_timeout,
            header_timeout,
            request_body_timeout,
            keep_alive_timeout,
            write_timeout,
            h2_keep_alive,
            connect_timeout,
            response_timeout,
            response_body_timeout,
            upstream_idle_timeout,
            drain_delay: _,
            drain_timeout: _,
        } = self;
        [
            ("--first-byte-timeout", first_byte_timeout),
            ("--header-timeout", header_timeout),
            ("--request-body-timeout", request_body_timeout),
            ("--keep-alive-timeout", keep_alive_timeout),
            ("--write-timeout", write_timeout),
            ("--h2-keep-alive", h2_keep_alive),
            ("--connect-timeout", connect_timeout),
            ("--response-timeout", response_timeout),
            ("--response-body-timeout", response_body_timeout),
            ("--upstream-idle-timeout", upstream_idle_timeout),
        ]
        .into_iter()
        .filter(|(_, time)| time.is_zero())
        .map(|(flag, _)| format!("{flag} 0s would refuse everything: give a time above zero"))
        .collect()
    }
}
