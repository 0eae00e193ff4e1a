//! Size and number limits.

use clap::Args;

/// Size and number limits. What is over them is refused, never queued without end.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits of size and number")]
pub struct Limits {
    /// Client connections of one worker; further ones are closed at once.
    #[arg(long, value_name = "N", env = "WEIR_MAX_CONNECTIONS", default_value_t = 16_384)]
    pub max_connections: usize,
    /// Header fields of one message; more are answered 431.
    #[arg(long, value_name = "N", env = "WEIR_MAX_HEADERS", default_value_t = 100)]
    pub max_headers: usize,
    /// Bytes of one message's header section; more are answered 431.
    #[arg(long, value_name = "BYTES", env = "WEIR_MAX_HEADER_BYTES", default_value_t = 32 * 1024)]
    pub max_header_bytes: u32,
    /// Bytes that a connection may buffer. At least twice --max-header-bytes.
    #[arg(long, value_name = "BYTES", env = "WEIR_MAX_BUFFER_BYTES", default_value_t = 128 * 1024)]
    pub max_buffer_bytes: usize,
    /// Requests that one HTTP/2 connection may have open at a time.
    #[arg(long, value_name = "N", env = "WEIR_H2_MAX_STREAMS", default_value_t = 128)]
    pub h2_max_streams: u32,
    /// HTTP/2 flow-control window of one stream, towards clients.
    #[arg(long, value_name = "BYTES", env = "WEIR_H2_STREAM_WINDOW", default_value_t = 256 * 1024)]
    pub h2_stream_window: u32,
    /// HTTP/2 flow-control window of one connection, towards clients.
    #[arg(long, value_name = "BYTES", env = "WEIR_H2_CONNECTION_WINDOW", default_value_t = 1024 * 1024)]
    pub h2_connection_window: u32,
    /// Bytes per second that a client must send of an HTTP/1.1 request body, on average after the first 5 seconds. 0: no minimum.
    #[arg(long, value_name = "BYTES", env = "WEIR_MIN_BODY_RATE", default_value_t = 240)]
    pub min_body_rate: u64,
    /// Connections without a request that one worker keeps open to one endpoint.
    #[arg(long, value_name = "N", env = "WEIR_MAX_IDLE_UPSTREAM", default_value_t = 256)]
    pub max_idle_upstream: usize,
}

/// Bytes of the smallest buffer that HTTP/1.1 can work with.
const MIN_BUFFER_BYTES: usize = 8 * 1024;

impl Limits {
    /// What is wrong, one sentence each.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.max_connections == 0 {
            faults.push("--max-connections 0 would refuse every client: give at least 1".to_owned());
        }
        if self.max_headers == 0 {
            faults.push("--max-headers 0 would refuse every request: give at least 1".to_owned());
        }
        if self.h2_max_streams == 0 {
            faults.push("--h2-max-streams 0 would refuse every HTTP/2 request: give at least 1".to_owned());
        }
        if self.max_buffer_bytes < MIN_BUFFER_BYTES {
            faults.push(format!(
                "--max-buffer-bytes {}: give at least {MIN_BUFFER_BYTES}",
                self.max_buffer_bytes
            ));
        }
        faults
    }
}
