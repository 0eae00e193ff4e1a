//! The command line of `weir release`.

use weir_api::Share;

use super::releases::Form;
use crate::cluster::ClusterArgs;

/// Arguments of `weir release`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir release shop/api --image registry.example/api:1.8.0 --watch
  weir release api -n shop --image registry.example/api:1.8.0 --steps 1,10,50
  weir release api --image registry.example/api:1.8.0 --dry-run

Where no Canary releases that Service yet, one is made: 5, 25 and 50 %, each until the canary is shown to be no worse, then 100 %. `weir release` again \
releases by the same Canary, which `kubectl edit canary` changes. With `weir run DIR` a release is an edit of `spec.release.image` in DIR.

Exit codes: 0 done (with --watch: promoted), 1 refused (with --watch: aborted), 2 wrong usage, 64 wrong configuration or rights, 69 not reachable or no \
answer, 130 interrupted (with --watch: the release goes on).")]
pub(crate) struct ReleaseArgs {
    /// A Service, its Canary or its Deployment, as NAMESPACE/NAME or NAME
    #[arg(value_name = "SERVICE")]
    pub(crate) service: String,
    /// The image to release
    #[arg(long, value_name = "IMAGE", value_parser = image)]
    pub(crate) image: String,
    /// Name of the release in reports [default: the image's tag]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Shares of the requests, in percent, each with an analysis but 100 [default of a new Canary: 5,25,50,100]
    #[arg(long, value_name = "PERCENTS", value_delimiter = ',')]
    pub(crate) steps: Vec<Share>,
    /// Follow the release to its end
    #[arg(short, long, conflicts_with = "dry_run")]
    pub(crate) watch: bool,
    /// Change nothing: have the API server check it, and print the Canary
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Form of what --dry-run prints
    #[arg(short, long, value_enum, default_value_t = Form::Yaml, requires = "dry_run")]
    pub(crate) output: Form,
    /// Which cluster.
    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,
}

/// An image's name. What the registry says about it only the node gets to know.
fn image(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "./:_-@+".contains(c);
    if text.is_empty() {
        return Err("is empty: name an image".to_owned());
    }
    if let Some(wrong) = text.chars().find(|c| !allowed(*c)) {
        return Err(format!("{wrong:?} is in no image's name: give REPOSITORY:TAG or REPOSITORY@DIGEST"));
    }
    let name = text.split_once('@').map_or(text, |(name, _)| name);
    let repository =
        name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(name, _)| name);
    if let Some(wrong) = repository
        .rsplit_once('/')
        .map_or(repository, |(_, last)| last)
        .chars()
        .find(char::is_ascii_uppercase)
    {
        return Err(format!("{wrong:?}: a repository's name has small letters only"));
    }
    if text.ends_with([':', '@', '/']) || text.starts_with([':', '@', '/']) {
        return Err("is not whole: give REPOSITORY:TAG or REPOSITORY@DIGEST".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::image;

    #[test]
    fn an_image_that_no_node_could_pull_is_refused() {
        for right in ["api", "api:1.8.0", "registry.example:5000/shop/api:V2", "r.example/api@sha256:0a1b"] {
            assert_eq!(image(right).as_deref(), Ok(right));
        }
        for (wrong, part) in
            [("", "is empty"), ("api :1", "' '"), ("API:1", "small letters"), ("api:", "not whole")]
        {
            let said = image(wrong).unwrap_err();
            assert!(said.contains(part), "{part:?} in {said}");
        }
    }
}
