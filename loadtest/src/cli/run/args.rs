//! Arguments, and the plan that they make.

use std::{fs, num::NonZeroUsize, path::PathBuf, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, uri::Authority};
use weir_process::LogArgs;

use super::{Failure, output::OutputArgs};
use crate::{
    arrivals::{Schedule, Spacing, Stage, StageError},
    plan::{Pace, Plan, Protocol, Target, Trust, Variation},
    units::parse_duration,
};

/// What stands under the options.
const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 a --fail-if holds, 2 usage, 64 arguments that make no sense together, 69 not one connection could be made.

Examples:
  weir-load run http://127.0.0.1:8080/ --rate 200 --duration 30s --fail-if 'p99>250ms'
  weir-load run http://127.0.0.1:8080/ --stage 30s:100..500 --stage 1m:500 --json report.json
  weir-load run http://127.0.0.1:8080/ --closed-loop 64 --requests 1000000 --fail-if 'errors>0'";

/// Send requests by the clock, whatever the server does, and report how they ended.
///
/// Latency counts from the moment a request was due, so that a server that stalls is charged for everybody who waited; service time
/// counts from the moment it was sent. What could not be sent is reported as unsent.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// http(s) URLs, each with a weight in front if wanted: 70%:http://host/a 30%:http://host/b
    #[arg(required = true, value_name = "URL")]
    targets: Vec<Target>,
    #[command(flatten)]
    pace: PaceArgs,
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    wire: WireArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Threads that send
    #[arg(long, env = "WEIR_LOAD_WORKERS", default_value = "1", value_name = "N")]
    workers: NonZeroUsize,
    /// Seed of Poisson arrivals, targets and varying headers
    #[arg(long, env = "WEIR_LOAD_SEED", default_value_t = 1)]
    seed: u64,
    /// Stop when the parent process ends
    #[arg(long, env = "WEIR_LOAD_EXIT_WITH_PARENT")]
    pub(super) exit_with_parent: bool,
    #[command(flatten)]
    pub(super) log: LogArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pace")]
struct PaceArgs {
    /// Requests per second
    #[arg(long, env = "WEIR_LOAD_RATE", default_value_t = 100.0, conflicts_with_all = ["stages", "closed_loop"])]
    rate: f64,
    /// How long requests are due (closed loop: sent) [default: 10s, and no end with --requests]
    #[arg(long, env = "WEIR_LOAD_DURATION", value_parser = parse_duration, conflicts_with = "stages")]
    duration: Option<Duration>,
    /// DURATION:RATE or DURATION:FROM..TO, one after the other
    #[arg(long = "stage", value_name = "STAGE", conflicts_with = "closed_loop")]
    stages: Vec<Stage>,
    /// Space requests as independent users would, instead of evenly
    #[arg(long, env = "WEIR_LOAD_POISSON", conflicts_with = "closed_loop")]
    poisson: bool,
    /// Exactly this many requests
    #[arg(long, env = "WEIR_LOAD_REQUESTS", value_name = "N")]
    requests: Option<u64>,
    /// As fast as the server answers, with this many connections (HTTP/2: requests at a time)
    #[arg(long, env = "WEIR_LOAD_CLOSED_LOOP", value_name = "N")]
    closed_loop: Option<NonZeroUsize>,
    /// Requests due and not finished, at most; more are counted as unsent
    #[arg(long, env = "WEIR_LOAD_MAX_IN_FLIGHT", default_value = "1000", value_name = "N")]
    max_in_flight: NonZeroUsize,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Requests")]
struct RequestArgs {
    /// Method
    #[arg(long, short = 'X', env = "WEIR_LOAD_METHOD", default_value = "GET")]
    method: Method,
    /// Header of every request, "NAME: VALUE"; may be repeated
    #[arg(long = "header", short = 'H', value_name = "HEADER", value_parser = header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Header that varies between requests, NAME=VALUE,VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUES")]
    header_from: Vec<Variation>,
    /// Cookie of this name with one of --users simulated users
    #[arg(long, env = "WEIR_LOAD_USER_COOKIE", value_name = "NAME")]
    user_cookie: Option<String>,
    /// Simulated users
    #[arg(long, env = "WEIR_LOAD_USERS", default_value_t = 1000, value_name = "N")]
    users: usize,
    /// Body, or @FILE
    #[arg(long, env = "WEIR_LOAD_BODY", value_name = "TEXT")]
    body: Option<String>,
    /// Host header or :authority instead of the URL's
    #[arg(long, env = "WEIR_LOAD_HOST")]
    host: Option<Authority>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connections")]
struct WireArgs {
    /// HTTP/2 (on plain connections by prior knowledge)
    #[arg(long, env = "WEIR_LOAD_HTTP2")]
    http2: bool,
    /// Requests at a time on one HTTP/2 connection
    #[arg(long, env = "WEIR_LOAD_STREAMS", default_value = "100", value_name = "N")]
    streams: NonZeroUsize,
    /// Connections [default: as many as needed; HTTP/2: 4]
    #[arg(long, env = "WEIR_LOAD_CONNECTIONS", value_name = "N", conflicts_with = "closed_loop")]
    connections: Option<NonZeroUsize>,
    /// Connect to HOST:PORT whatever the URLs say
    #[arg(long, env = "WEIR_LOAD_CONNECT", value_name = "HOST:PORT")]
    connect: Option<String>,
    /// Time for one request, from when it was due
    #[arg(long, env = "WEIR_LOAD_TIMEOUT", default_value = "10s", value_parser = parse_duration, value_name = "DURATION")]
    timeout: Duration,
    /// Trust the certificate authorities in this PEM file
    #[arg(long, env = "WEIR_LOAD_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Trust any certificate
    #[arg(long, env = "WEIR_LOAD_INSECURE", conflicts_with = "ca")]
    insecure: bool,
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let refused = || format!("\"{text}\" is not a header: write NAME: VALUE");
    let (name, value) = text.split_once(':').ok_or_else(refused)?;
    Ok((name.trim().parse().map_err(|_| refused())?, value.trim().parse().map_err(|_| refused())?))
}

impl Args {
    pub(super) fn plan(self) -> Result<(Plan, OutputArgs), Failure> {
        let Self { targets, pace, request, wire, output, workers, seed, exit_with_parent: _, log: _ } = self;
        let protocol = if wire.http2 { Protocol::Http2 { streams: wire.streams } } else { Protocol::Http1 };
        let trust = match (wire.ca, wire.insecure) {
            (Some(file), _) => Trust::Authorities(file),
            (None, true) => Trust::Anyone,
            (None, false) => Trust::None,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers {
            headers.append(name, value);
        }
        // Users first: what is told about users in the report is about the first header that varies.
        let users =
            request.user_cookie.map(|name| Variation::user_cookie(&name, request.users)).transpose()?;
        let variations = users.into_iter().chain(request.header_from).collect();
        let plan = Plan {
            targets,
            connect: wire.connect,
            host: request.host,
            method: request.method,
            headers,
            variations,
            body: request.body.map(body).transpose()?.unwrap_or_default(),
            protocol,
            trust,
            pace: pace.pace(wire.connections, seed)?,
            timeout: wire.timeout,
            group_by: output.group_by.clone(),
            workers,
            seed,
        };
        Ok((plan, output))
    }
}

fn body(text: String) -> Result<Bytes, Failure> {
    match text.strip_prefix('@') {
        None => Ok(text.into()),
        Some(path) => match fs::read(path) {
            Ok(bytes) => Ok(bytes.into()),
            Err(source) => Err(Failure::Body { path: path.to_owned(), source }),
        },
    }
}

/// How long without any of --duration, --stage and --requests.
const DEFAULT_DURATION: Duration = Duration::from_secs(10);

/// How long a schedule must be to hold `requests` at `rate`, with room for the scatter of Poisson arrivals.
fn long_enough(requests: u64, rate: f64, poisson: bool) -> Option<Duration> {
    let requests = f64::from(u32::try_from(requests).ok()?);
    let room = if poisson { 100.0 + requests } else { 1.0 };
    Duration::try_from_secs_f64((requests + room) / rate).ok()
}

impl PaceArgs {
    fn pace(self, connections: Option<NonZeroUsize>, seed: u64) -> Result<Pace, StageError> {
        let Self { rate, duration, stages, poisson, requests, closed_loop, max_in_flight } = self;
        if let Some(lanes) = closed_loop {
            let duration = duration.or(requests.is_none().then_some(DEFAULT_DURATION));
            return Ok(Pace::Closed { lanes, requests, duration });
        }
        let until = requests.and_then(|requests| long_enough(requests, rate, poisson));
        let duration = duration.or(until).unwrap_or(DEFAULT_DURATION);
        let stages = if stages.is_empty() { vec![Stage::constant(duration, rate)?] } else { stages };
        let spacing = if poisson { Spacing::Poisson { seed } } else { Spacing::Even };
        let schedule = Schedule { stages, spacing, limit: requests };
        Ok(Pace::Open { schedule, max_in_flight, connections })
    }
}
