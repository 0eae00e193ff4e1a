//! The series of a window, from their sources.

use weir_judge::kayenta::pairing::Measured;
use weir_judge::kayenta::plan::Window;
use weir_judge::kayenta::query::Scope;
use weir_judge::kayenta::response::Series;

use super::AnalysisError;
use super::sides::{Compared, Place};
use crate::sources::{Ask, Sources};

/// A series of one metric on one side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gathered {
    /// As pairs are made of it.
    pub measured: Measured,
    /// When its first sample was, milliseconds since 1970.
    pub start_millis: i64,
    /// Between two samples, milliseconds.
    pub step_millis: i64,
    /// What the source was asked.
    pub query: String,
}

/// A side of the comparison.
#[derive(Clone, Copy)]
enum Side {
    Control,
    Experiment,
}

impl Side {
    fn of(self, place: &Place, window: Window) -> (&Scope, Window) {
        let (control, experiment) = place.windows(window);
        match self {
            Self::Control => (&place.control, control),
            Self::Experiment => (&place.experiment, experiment),
        }
    }
}

/// Both sides, asked side by side; the metrics of one are asked one after another, in the config's order.
pub(super) async fn gather(
    compared: &Compared,
    sources: &Sources,
    window: Window,
) -> Result<(Vec<Gathered>, Vec<Gathered>), AnalysisError> {
    tokio::try_join!(
        side(compared, sources, window, Side::Control),
        side(compared, sources, window, Side::Experiment)
    )
}

async fn side(
    compared: &Compared,
    sources: &Sources,
    window: Window,
    side: Side,
) -> Result<Vec<Gathered>, AnalysisError> {
    let mut all = Vec::new();
    for (number, metric) in compared.config.metrics.iter().enumerate() {
        let place = compared.place(number, metric)?;
        let (scope, window) = side.of(place, window);
        let templates = &compared.config.templates;
        let ask = Ask { metric, templates, scope, window, step_seconds: place.step_seconds };
        let found = sources.of(metric)?.ask(ask).await?;
        if found.series.is_empty() {
            all.push(without_samples(&metric.name, found.query, ask));
            continue;
        }
        let series = found.series.into_iter();
        all.extend(series.map(|series| gathered(&metric.name, found.query.clone(), series)));
    }
    Ok(all)
}

fn gathered(name: &str, query: String, series: Series) -> Gathered {
    // Upstream takes the end from the number of samples, so that there is room for those alone; a single one has no step and no room.
    let expected = if series.step_seconds > 0 { series.values.len() } else { 0 };
    let Series { tags, start_millis, step_seconds, values } = series;
    Gathered {
        measured: Measured { name: name.to_owned(), tags, values, expected },
        start_millis,
        step_millis: step_seconds.saturating_mul(1000),
        query,
    }
}

/// What stands for a metric that has no series: as many missing samples as the window has room for.
fn without_samples(name: &str, query: String, ask: Ask<'_>) -> Gathered {
    let Window { start_millis, end_millis } = ask.window;
    let step_millis = ask.step_seconds.saturating_mul(1000);
    let room = end_millis.saturating_sub(start_millis).checked_div(step_millis).unwrap_or_default();
    Gathered {
        measured: Measured {
            name: name.to_owned(),
            expected: usize::try_from(room).unwrap_or_default(),
            ..Measured::default()
        },
        start_millis,
        step_millis,
        query,
    }
}
