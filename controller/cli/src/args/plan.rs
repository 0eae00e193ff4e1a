//! The command line of `weir plan`.

use std::path::PathBuf;

use weir_api::Share;

use super::Output;

/// Arguments of `weir plan`.
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "A typical release is told of: half of all take longer. Each step is looked at by itself; what earlier ones told comes on top. Slow requests are those slower
than nearly all of the control's.

Examples:
  weir plan -f manifests/ --rate 200                    what each step of every Canary in there can tell
  weir plan -f manifests/ shop/api --rate 30 --errors 1%
  kubectl get canary api -o yaml | weir plan -f - --rate 200

Exit code: 0 told, 64 where a manifest cannot be used."
)]
pub(crate) struct PlanArgs {
    /// Manifests with the Canary: a file, a directory, or - for standard input; may be repeated
    #[arg(short, long, value_name = "FILE", required = true)]
    pub(crate) file: Vec<PathBuf>,
    /// Only this Canary, as NAMESPACE/NAME or NAME
    #[arg(value_name = "CANARY")]
    pub(crate) canary: Option<String>,
    /// Requests a second that the Service gets
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    pub(crate) rate: f64,
    /// Share of them that fails now
    #[arg(long, value_name = "SHARE", default_value = "0.1%")]
    pub(crate) errors: Share,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 =
        text.parse().map_err(|_| "is no number: give requests a second, such as 200".to_owned())?;
    if !(rate > 0.0 && rate <= 1e7) {
        return Err("must be more than 0 and at most 10,000,000 requests a second".to_owned());
    }
    Ok(rate)
}
