//! `weir run`: proxy, controller and local pods over a directory of manifests, until somebody stops it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use tokio::time::{MissedTickBehavior, interval};
use weir_api::status::Phase;
use weir_controller::view::ReleaseView;
use weir_process::Stop;

use crate::admin::Admin;
use crate::args::RunArgs;
use crate::follow::{Follower, LOOK_EVERY, Problems, now};
use crate::progress::{Happening, Reporter, words};
use crate::stack::{Stack, Told};
use crate::state::StateFolder;
use crate::{INTERRUPTED, Misconfigured};

/// Serves the directory until somebody stops it, and tells how releases go.
pub(crate) async fn run(args: RunArgs, stop: &mut Stop) -> Result<ExitCode> {
    if !args.manifests.is_dir() {
        return Err(Misconfigured(format!(
            "{} is not a directory: name the directory that holds the manifests",
            args.manifests.display()
        ))
        .into());
    }
    let manifests = args.manifests.canonicalize()?;
    let folder = StateFolder::take(&args.state)?;
    let mut reporter = Reporter::choose(args.json);
    let told = Told { sources: args.sources, flags: args.flags, notify: args.notify };
    let started = Stack::start_or_stop(&manifests, folder.path(), told, &args.place, stop).await?;
    let Some(mut stack) = started else { return Ok(ExitCode::from(INTERRUPTED)) };
    let addresses = stack.addresses();
    reporter.tell(&Happening::Started {
        url: &format!("http://{}", addresses.listen),
        admin: addresses.admin,
        controller: addresses.controller,
        ofrep: addresses.ofrep,
        state: folder.path(),
        requests_per_second: None,
    });
    if is_without_manifests(&manifests) {
        let text = format!(
            "{} holds no manifest yet (*.yaml, *.yml, *.json): what is put there is served at once; manifests/examples/featureflag is an example",
            words::short_path(&manifests)
        );
        reporter.tell(&Happening::Note { text: &text });
    }
    let served = tokio::select! {
        served = serve(&mut stack, &mut reporter) => served,
        () = stop.requested() => Ok(()),
    };
    stack.stop().await;
    served.map(|()| ExitCode::SUCCESS)
}

fn is_without_manifests(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut extensions = entries.filter_map(|entry| entry.path().extension().map(OsStr::to_os_string));
    !extensions.any(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
}

/// Keeps the programs running and follows every release; ends only with an error.
async fn serve(stack: &mut Stack, reporter: &mut Reporter) -> Result<()> {
    let since = now();
    let controller = stack.controller();
    let mut problems = Problems::new(Admin::new(stack.addresses().admin), controller);
    let mut followers: Vec<(String, Follower)> = Vec::new();
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            note = stack.supervise() => {
                reporter.tell(&Happening::Note { text: &note? });
                continue;
            }
        }
        problems.tell(reporter).await;
        // The controller may have been killed just now: then there is nothing to tell until it is back.
        let Ok(views) = controller.get::<Vec<ReleaseView>>("/v1/canaries").await else { continue };
        for view in &views {
            let key = format!("{}/{}", view.namespace, view.name);
            let known = followers.iter().position(|(known, _)| *known == key);
            let index = known.unwrap_or_else(|| {
                followers.push((key.clone(), Follower::new(controller, &key)));
                followers.len() - 1
            });
            if let Some((_, follower)) = followers.get_mut(index).filter(|_| view.phase != Phase::Idle) {
                follower.tell(view, since, reporter);
            }
        }
    }
}
