//! Objects from files, directories and standard input, or from the cluster that the proxy would read.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use weir_api::manifest;
use weir_directory::{Directory, Snapshot};
use weir_proxy::config::KubernetesArgs;
use weir_proxy::feed::{Changed, Feed, KubernetesFeed, Observed, Update, observed};

use crate::Misconfigured;
use crate::args::ExplainArgs;

/// How long a cluster may take to give everything.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be explained.
pub(super) enum Objects {
    /// From manifests.
    Files(Box<Observed>),
    /// From the API server.
    Cluster(Box<Changed>),
}

pub(super) async fn read(args: &ExplainArgs) -> Result<Objects> {
    if args.cluster {
        return cluster(args).await;
    }
    let mut whole = Snapshot { objects: Vec::new(), problems: Vec::new() };
    for path in &args.file {
        let Snapshot { objects, problems } = files(path)?;
        whole.objects.extend(objects);
        whole.problems.extend(problems);
    }
    Ok(Objects::Files(Box::new(observed(whole))))
}

fn files(path: &Path) -> Result<Snapshot> {
    if path.is_dir() {
        return Ok(Directory::open(vec![path.to_owned()])?.read());
    }
    let (name, text) = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
        ("standard input".to_owned(), text)
    } else {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Misconfigured(format!("{}: cannot be read: {error}", path.display())))?;
        (path.display().to_string(), text)
    };
    let parsed = manifest::parse(&name, &text);
    Ok(Snapshot { objects: parsed.objects, problems: parsed.problems })
}

async fn cluster(args: &ExplainArgs) -> Result<Objects> {
    let options = KubernetesArgs {
        kubernetes: true,
        namespace: args.namespace.clone(),
        claim_ingress_nginx: args.claim_ingress_nginx,
        ingress_without_class: args.ingress_without_class,
        ..KubernetesArgs::default()
    };
    let mut feed = KubernetesFeed::connect(options, false).await?;
    match tokio::time::timeout(PATIENCE, feed.next()).await {
        Ok(Update::Changed(changed)) => Ok(Objects::Cluster(changed)),
        Ok(Update::Whole(whole)) => Ok(Objects::Files(Box::new(whole))),
        Err(_) => bail!(
            "the API server did not give everything within {} s: may this user list ingressclasses, ingresses, services, endpointslices \
             and canaries? `kubectl auth can-i list ingresses -A` says it for one kind",
            PATIENCE.as_secs()
        ),
    }
}
