//! `weir list`: a line for each release.

use std::process::ExitCode;

use anyhow::Result;
use weir_api::Canary;
use weir_api::status::CanaryStatus;
use weir_controller::view::ReleaseView;

use crate::args::{Form, ListArgs};
use crate::end::End;
use crate::follow::now;
use crate::form::{self, print};
use crate::progress::words::clock;
use crate::status::{name_of, objects, views};

/// Lists releases.
pub(crate) async fn run(args: ListArgs) -> Result<ExitCode> {
    let text = match args.view.end.find().await? {
        End::Cluster(access) => {
            let namespace = Some(access.namespace.as_str()).filter(|_| !args.all_namespaces);
            let canaries = access.canaries(namespace).await?;
            match objects(&canaries, args.view.output)? {
                Some(text) => text,
                None => table(&canaries.iter().map(row).collect::<Vec<_>>(), args.view.output),
            }
        }
        End::Standalone(admin, namespace) => {
            let views = views(admin, &namespace, None).await?;
            match form::of(&views, args.view.output)? {
                Some(text) => text,
                None => table(&views.iter().map(row_of_view).collect::<Vec<_>>(), args.view.output),
            }
        }
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

type Row = [String; 8];

fn row_of_view(view: &ReleaseView) -> Row {
    let step = view.step.as_ref().map(|step| format!("{}/{}", step.number, step.of));
    let took = view.release.as_ref();
    let took = took.map(|release| clock(release.decided_at.unwrap_or_else(now).since(release.started_at)));
    [
        format!("{}/{}", view.namespace, view.name),
        view.phase.to_string(),
        view.weights.canary.to_string(),
        step.unwrap_or_default(),
        took.unwrap_or_default(),
        view.release.as_ref().map(|release| release.name.clone()).unwrap_or_default(),
        view.stable_image.clone().unwrap_or_default(),
        view.message.clone(),
    ]
}

fn row(canary: &Canary) -> Row {
    let status = canary.status.clone().unwrap_or_default();
    let CanaryStatus { phase, release, stable, step, split, message, figures, .. } = status;
    let steps = figures.map(|figures| figures.steps).filter(|steps| *steps > 0);
    let step = step.map(|step| match steps {
        Some(of) => format!("{}/{of}", step.saturating_add(1)),
        None => step.saturating_add(1).to_string(),
    });
    let since = release
        .as_ref()
        .map(|release| clock(release.decided_at.unwrap_or_else(now).since(release.started_at)));
    [
        name_of(canary).to_string(),
        phase.to_string(),
        split.map_or_else(|| "0 %".to_owned(), |split| split.canary.weight.to_string()),
        step.unwrap_or_default(),
        since.unwrap_or_default(),
        release.map(|release| release.name).unwrap_or_default(),
        stable.map(|stable| stable.image).unwrap_or_default(),
        message,
    ]
}

/// Columns as wide as what is in them; the last one of text for people only where it is asked for.
fn table(rows: &[Row], form: Form) -> String {
    let head =
        ["NAME", "PHASE", "WEIGHT", "STEP", "TOOK", "RELEASE", "PRODUCTION", "MESSAGE"].map(str::to_owned);
    let columns = if form == Form::Wide { 8 } else { 7 };
    let all: Vec<&Row> = std::iter::once(&head).chain(rows).collect();
    let width = |column: usize| {
        all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &&Row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("   ");
        format!("{}\n", line.trim_end())
    };
    all.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::args::Form;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let row =
            ["shop/api", "Paused", "5 %", "2/4", "0:07", "v2", "api:1", "paused: why"].map(str::to_owned);
        let text = table(&[row], Form::Text);
        assert_eq!(
            text,
            "NAME       PHASE    WEIGHT   STEP   TOOK   RELEASE   PRODUCTION\nshop/api   Paused   5 %      2/4    0:07   v2        api:1\n"
        );
    }
}
