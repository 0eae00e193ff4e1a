//! `weir pipeline serve`: a runner for others, and for what triggers tell it.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use weir_process::Stop;
use weir_runner::triggers::{Problems, Triggers};

use super::hand::Hand;
use super::pods::Kubernetes;
use crate::Refused;
use crate::args::ServePipelinesArgs;

/// Runs what is not over, and what is asked for, until it is told to end.
pub(super) async fn run(args: ServePipelinesArgs, stop: &mut Stop) -> Result<ExitCode> {
    args.log.start();
    let mut cluster = None;
    if args.pod.kubernetes {
        cluster = Some(Kubernetes::connect(&args.pod, &args.runs.state).await?);
    }
    if let (Some(cluster), Some(secrets), Some(pipelines)) =
        (&mut cluster, &args.runner.secrets, &args.pipelines)
    {
        cluster.keep_folders(secrets.clone(), pipelines.clone()).await?;
    }
    let hand = match &cluster {
        None => Hand::open(&args.runs, &args.runner).await?,
        Some(cluster) => Hand::open_with(&args.runs, &args.runner, || Ok(cluster.surroundings())).await?,
    };
    let folder = args.runs.state.display();
    let Some(runner) = hand.own() else {
        return Err(Refused(format!("another program runs the pipelines of {folder} already")).into());
    };
    let listener = match args.listen {
        None => None,
        Some(at) => Some(TcpListener::bind(at).await.with_context(|| format!("cannot listen on {at}"))?),
    };
    let hooks = match &listener {
        None => String::new(),
        Some(listener) => format!(", web hooks on http://{}/hooks/", listener.local_addr()?),
    };
    if let Some(cluster) = &mut cluster {
        cluster.keep_runs(Arc::clone(&runner)).await?;
    }
    let ends = CancellationToken::new();
    let triggers = match args.pipelines {
        None => None,
        Some(pipelines) => {
            let (triggers, problems) = Triggers::open(runner, pipelines);
            problems.iter().for_each(tell);
            if let Some(cluster) = &cluster {
                cluster.tell(Arc::clone(&triggers));
            }
            Some(triggers)
        }
    };
    writeln!(io::stdout().lock(), "weir pipeline serve: runs of {folder}{hooks}")?;
    match triggers {
        None => stop.requested().await,
        Some(triggers) => stop.while_serving(triggers.serve(listener, ends.clone(), tell), &ends).await,
    }
    if let Some(cluster) = cluster {
        cluster.close().await;
    }
    hand.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Says what is wrong with a file.
fn tell(wrong: &Problems) {
    let mut out = io::stderr().lock();
    for problem in &wrong.problems {
        // Nobody reads it if that fails.
        let _unread = writeln!(out, "weir: {}: {problem}", wrong.file.display());
    }
}
