//! The command line of `weir judge`.

use std::path::PathBuf;

use clap::ValueEnum;
use weir_api::Duration;
use weir_judge::netflix::quirks::Quirks;

use super::ReplayArgs;

const FILES: &str = "Series from files";
const SOURCES: &str = "Series from metric stores";
/// Whichever of them is asked.
const STORES: &str = "stores";
const TIMES: &str = "When, with metric stores";

/// `weir judge`: series, or releases of before.
#[derive(Clone, Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "A JSON file is an object of metric names, each with an array of numbers; null or \"NaN\" is a missing sample. A CSV file has a header row of
metric names and a row for each time step; an empty cell is a missing sample.

With --prometheus or --sources, the config's queries are asked for both scopes. A file of sources is a list of stores, each with name, type, url and the files that have
its secrets, named from its own folder on. A query's type says which is asked, and its metricsAccountName or --source which of several:

  sources:
  - {name: production, type: prometheus, url: http://prometheus:9090, tokenFile: token}

  prometheus, graphite  url  [tokenFile | basicAuthFile]
  datadog               apiKeyFile, applicationKeyFile  [url]
  influxdb              url  [database, retentionPolicy, tokenFile | basicAuthFile]
  newrelic              accountId, apiKeyFile  [url, scopeKey, locationKey]
  http                  url  [tokenFile | basicAuthFile, apiKeyFile, apiKeyHeader]
                        query: path, times, values  [body, timeUnit]
  cloudwatch            region, credentialsFile  [url, profile]
                        query: namespace, metricName, dimensions, statistic; or expression
  collector             url  [tokenFile | basicAuthFile]
                        query: metricName  [aggregate, labels, groupBy]; see `weir collect --help`

What has been is judged at once (--last, or --start and --end); with
--lifetime the data are those to come, and each interval is judged when it has passed.

Examples:
  weir judge --config canary.json --control production.csv --experiment canary.csv --explain
  weir judge --config canary.json --prometheus http://prometheus:9090 --control-scope api-baseline --experiment-scope api-canary \\
             --location production --last 6m --step 5s --page report.html
  weir judge --config canary.json --prometheus http://prometheus:9090 --control-scope api-baseline --experiment-scope api-canary \\
             --location production --lifetime 10m --interval 2m --delay 1m
  weir judge replay --set falseAbortPercent=0.1          releases of before, judged by other settings

Exit code: 0 pass, 1 fail, 3 marginal; 64 where the config or a series cannot be used, 69 where a source cannot be asked."
)]
pub(crate) struct JudgeCommand {
    /// What else is judged than series.
    #[command(subcommand)]
    pub(crate) other: Option<Judged>,
    /// Series.
    #[command(flatten)]
    pub(crate) series: Option<JudgeArgs>,
}

/// What else is judged than series.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Judged {
    /// Judge releases of before again, by other settings, and say how often each settings are wrong
    Replay(ReplayArgs),
}

/// Arguments of `weir judge` on series. clap knows by this group whether they are there; it fills none that has others inside.
#[derive(Clone, Debug, clap::Args)]
#[group(arg = "config")]
pub(crate) struct JudgeArgs {
    /// Canary config: the JSON document that Kayenta and Spinnaker store
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Series from files.
    #[command(flatten)]
    pub(crate) files: FileArgs,
    /// Series from metric stores.
    #[command(flatten)]
    pub(crate) sources: SourceArgs,
    /// When.
    #[command(flatten)]
    pub(crate) times: TimeArgs,
    /// Score from which on it passes, 0 to 100 [default: that of the config, else 75]
    #[arg(long, value_name = "SCORE")]
    pub(crate) pass: Option<f64>,
    /// Score from which on it does not fail, 0 to 100 [default: that of the config, else 50]
    #[arg(long, value_name = "SCORE")]
    pub(crate) marginal: Option<f64>,
    /// Who judges [default: whom the config names, else netflix]
    #[arg(long, value_enum)]
    pub(crate) judge: Option<JudgeName>,
    /// Whose verdict, where the config's judgeConfigurations.strict says nothing: Kayenta's, or one without its surprises
    #[arg(long, value_enum, default_value_t = Strict::Kayenta)]
    pub(crate) strict: Strict,
    /// Say of each metric how large the difference is, and how sure
    #[arg(long, conflicts_with = "json")]
    pub(crate) explain: bool,
    /// Print Kayenta's judgement document; with --lifetime or --interval, what the whole analysis came to
    #[arg(long)]
    pub(crate) json: bool,
    /// Write what the whole analysis came to as JSON: of each judgement Kayenta's request and result, and the series
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write a page with both curves and both distributions of each metric: one file that opens from disk
    #[arg(long, value_name = "FILE")]
    pub(crate) page: Option<PathBuf>,
}

/// Series from files.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = FILES)]
pub(crate) struct FileArgs {
    /// What production (the baseline) measured: JSON or CSV
    #[arg(long, value_name = "FILE", required_unless_present = STORES, conflicts_with = STORES)]
    pub(crate) control: Option<PathBuf>,
    /// What the canary measured: JSON or CSV
    #[arg(long, value_name = "FILE", required_unless_present = STORES, conflicts_with = STORES)]
    pub(crate) experiment: Option<PathBuf>,
}

/// Series from metric stores.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = SOURCES)]
pub(crate) struct SourceArgs {
    /// A Prometheus, by its address
    #[arg(long, value_name = "URL", group = STORES, requires = "control_scope", requires = "experiment_scope")]
    pub(crate) prometheus: Option<String>,
    /// File with the token that it asks for (Authorization: Bearer)
    #[arg(long, value_name = "FILE", requires = "prometheus", conflicts_with = "basic_auth_file")]
    pub(crate) token_file: Option<PathBuf>,
    /// File with "name:password" that it asks for (Authorization: Basic)
    #[arg(long, value_name = "FILE", requires = "prometheus")]
    pub(crate) basic_auth_file: Option<PathBuf>,
    /// File that names metric stores, of any type
    #[arg(long, value_name = "FILE", group = STORES, requires = "control_scope", requires = "experiment_scope")]
    pub(crate) sources: Option<PathBuf>,
    /// Which of the stores of one type is asked where a query does not say; may be repeated
    #[arg(long, value_name = "NAME", requires = "sources")]
    pub(crate) source: Vec<String>,
    /// What ${scope} stands for on the side of production (the baseline)
    #[arg(long, value_name = "NAME", requires = STORES)]
    pub(crate) control_scope: Option<String>,
    /// What ${scope} stands for on the side of the canary
    #[arg(long, value_name = "NAME", requires = STORES)]
    pub(crate) experiment_scope: Option<String>,
    /// What ${location} stands for: a namespace, region or zone
    #[arg(long, value_name = "NAME", requires = STORES)]
    pub(crate) location: Option<String>,
    /// The same, where it is another one for production
    #[arg(long, value_name = "NAME", requires = STORES)]
    pub(crate) control_location: Option<String>,
    /// What another variable of the filters stands for; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter, requires = STORES)]
    pub(crate) parameters: Vec<(String, String)>,
}

/// When.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = TIMES)]
pub(crate) struct TimeArgs {
    /// Time between two samples, whole seconds
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = step)]
    pub(crate) step: Duration,
    /// The time that has just passed
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["start", "end", "lifetime"], requires = STORES, value_parser = span)]
    pub(crate) last: Option<Duration>,
    /// Beginning of the time that is judged, RFC 3339: 2026-11-26T09:00:00Z
    #[arg(long, value_name = "TIME", requires = STORES)]
    pub(crate) start: Option<jiff::Timestamp>,
    /// Its end
    #[arg(long, value_name = "TIME", requires = "start", conflicts_with = "lifetime")]
    pub(crate) end: Option<jiff::Timestamp>,
    /// Measure from now on (or from --start on) for so long
    #[arg(long, value_name = "DURATION", requires = STORES, value_parser = span)]
    pub(crate) lifetime: Option<Duration>,
    /// Judge each time that so much has passed, and end where one fails [default: once, at the end]
    #[arg(long, value_name = "DURATION", value_parser = span)]
    pub(crate) interval: Option<Duration>,
    /// Leave out so much at the beginning: what has just started is not itself yet
    #[arg(long, value_name = "DURATION", requires = "lifetime", value_parser = span)]
    pub(crate) delay: Option<Duration>,
    /// Judge only the time just before each judgement [default: all of it]
    #[arg(long, value_name = "DURATION", value_parser = span)]
    pub(crate) lookback: Option<Duration>,
    /// Compare with production's measurements from so much earlier
    #[arg(long, value_name = "DURATION", value_parser = span)]
    pub(crate) control_offset: Option<Duration>,
}

/// Who judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum JudgeName {
    /// Kayenta's: ranks, over the whole window
    Netflix,
    /// One that may be asked at every sample: a difference of more than 10 % (judgeConfigurations.margin, or the metric's effectSize) is shown, or excluded, or neither
    Sequential,
}

impl JudgeName {
    /// As a config names it.
    pub(crate) const fn in_config(self) -> &'static str {
        match self {
            Self::Netflix => weir_judge::netflix::config::JUDGE,
            Self::Sequential => weir_judge::series::JUDGE,
        }
    }
}

/// Whose verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strict {
    /// Kayenta's, to the letter
    Kayenta,
    /// Without its surprises: exact bounds in any unit, means and shape looked at as well as ranks, no verdict from too few samples, errors fail
    Fixed,
}

impl Strict {
    /// What of upstream is kept.
    #[must_use]
    pub(crate) const fn quirks(self) -> Quirks {
        match self {
            Self::Kayenta => Quirks::KAYENTA,
            Self::Fixed => Quirks::FIXED,
        }
    }
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or("is no variable: write NAME=VALUE, such as region=eu-west-1")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn span(text: &str) -> Result<Duration, String> {
    let span: Duration = text.parse().map_err(|error| format!("{error}"))?;
    if span.is_negative() || std::time::Duration::from(span).is_zero() {
        return Err("must be more than nothing, such as 2m".to_owned());
    }
    Ok(span)
}

fn step(text: &str) -> Result<Duration, String> {
    let step = span(text)?;
    if std::time::Duration::from(step).subsec_nanos() > 0 {
        return Err("must be whole seconds, such as 5s: Kayenta has no shorter steps".to_owned());
    }
    Ok(step)
}
