//! Drawings: lines over time and distributions. Pure.

use maud::{Markup, html};

use super::scale::Scale;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
/// Left, right, top and bottom of the plot within the drawing.
const PLOT: (f64, f64, f64, f64) = (64.0, 696.0, 10.0, 212.0);
/// Bars of a distribution.
const BARS: u8 = 24;
/// Evidence below this is drawn as this.
const LEAST: f64 = 1e-3;

/// What is drawn of one side: its class in the style sheet, its name, its values.
pub(super) struct Side<'a> {
    /// `control` or `canary`.
    pub class: &'static str,
    /// For people.
    pub name: &'a str,
    /// Seconds since the chart's beginning, and the value; what is no number is a gap.
    pub points: Vec<(f64, f64)>,
}

/// Lines over time. `label` says what is drawn to who cannot see it.
pub(super) fn lines(sides: &[Side<'_>], label: &str) -> Markup {
    let (left, right, top, bottom) = PLOT;
    let points = || sides.iter().flat_map(|side| side.points.iter().copied());
    let x = Scale::of(points().map(|(at, _)| at), (left, right));
    let y = Scale::of(points().map(|(_, value)| value), (bottom, top)).rounded();
    drawing(&html! { (axes(&x, &y, "s", &|value| y.written(value))) (drawn(sides, &x, &y)) }, label)
}

/// Evidence over time, as powers of ten, and the line at which it decides.
pub(super) fn evidence(sides: &[Side<'_>], limit: f64, label: &str) -> Markup {
    let (left, right, top, bottom) = PLOT;
    let powers: Vec<Side<'_>> = sides
        .iter()
        .map(|side| Side {
            points: side.points.iter().map(|(at, value)| (*at, value.max(LEAST).log10())).collect(),
            ..*side
        })
        .collect();
    let points = || powers.iter().flat_map(|side| side.points.iter().copied());
    let x = Scale::of(points().map(|(at, _)| at), (left, right));
    let limit = limit.log10();
    let y = Scale::of(points().map(|(_, value)| value).chain([limit, 0.0]), (bottom, top)).whole().rounded();
    let content = html! {
        (axes(&x, &y, "s", &power_of_ten))
        line class="limit" x1=(left) x2=(right) y1=(short(y.place(limit))) y2=(short(y.place(limit))) {}
        (drawn(&powers, &x, &y))
    };
    drawing(&content, label)
}

fn power_of_ten(power: f64) -> String {
    if (0.0..5.0).contains(&power) { format!("{:.0}", 10_f64.powf(power)) } else { format!("1e{power:.0}") }
}

fn drawn(sides: &[Side<'_>], x: &Scale, y: &Scale) -> Markup {
    html! {
        @for side in sides {
            @for part in parts(&side.points) {
                polyline class=(format!("line {}", side.class)) points=(path(part, x, y)) {}
            }
        }
    }
}

/// How the values of both sides are distributed: how many fall into each of equal ranges.
pub(super) fn distribution(sides: &[Side<'_>], label: &str) -> Markup {
    let (left, right, _, _) = PLOT;
    let values = || sides.iter().flat_map(|side| side.points.iter().map(|(_, value)| *value));
    let x = Scale::of(values(), (left, right)).rounded();
    let bar = (right - left) / f64::from(BARS);
    let counted: Vec<(&'static str, Vec<f64>)> =
        sides.iter().map(|side| (side.class, counts(&side.points, &x, bar))).collect();
    let ticks = x.ticks().into_iter().map(|tick| (x.place(tick), x.written(tick)));
    bars(&counted, &ticks.collect::<Vec<_>>(), label)
}

/// Bars of each side beside those of the other: the same number of places for each. `ticks`: where something is written below them.
pub(super) fn bars(sides: &[(&'static str, Vec<f64>)], ticks: &[(f64, String)], label: &str) -> Markup {
    let (left, right, top, bottom) = PLOT;
    let most = sides.iter().flat_map(|(_, heights)| heights.iter().copied());
    let y = Scale::of(most.chain([0.0]), (bottom, top)).rounded();
    let places = sides.iter().flat_map(|(_, heights)| numbered(heights).map(|(place, _)| place + 1.0));
    let bar = (right - left) / places.fold(1.0, f64::max);
    let width = bar * 0.42;
    let content = html! {
        (grid(&y, &|value| y.written(value)))
        @for (at, text) in ticks { (below(*at, text)) }
        @for (number, (class, heights)) in (0_u8..).zip(sides) {
            @for (place, height) in numbered(heights).filter(|(_, height)| **height > 0.0) {
                @let at = left + bar * (place + 0.06) + f64::from(number) * width;
                @let high = y.place(*height);
                rect class=(class) x=(short(at)) y=(short(high)) width=(short(width)) height=(short(bottom - high)) {}
            }
        }
    };
    drawing(&content, label)
}

/// Each with its place, from 0 on.
pub(super) fn numbered<T>(all: &[T]) -> impl Iterator<Item = (f64, &T)> {
    std::iter::successors(Some(0.0), |place| Some(place + 1.0)).zip(all)
}

/// Where the middle of a place among so many is drawn.
pub(super) fn middle(place: f64, of: f64) -> f64 {
    let (left, right, _, _) = PLOT;
    left + (place + 0.5) * (right - left) / of
}

/// Whose colour is whose.
pub(super) fn key(sides: &[Side<'_>]) -> Markup {
    html! {
        @for side in sides {
            span class=(format!("key {}", side.class)) { span { (side.name) } }
        }
    }
}

fn drawing(content: &Markup, label: &str) -> Markup {
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(label) { (content) }
    }
}

fn axes(x: &Scale, y: &Scale, unit: &str, written: &dyn Fn(f64) -> String) -> Markup {
    html! {
        (grid(y, written))
        @for tick in x.ticks() { (below(x.place(tick), &format!("{}{unit}", x.written(tick)))) }
    }
}

fn grid(y: &Scale, written: &dyn Fn(f64) -> String) -> Markup {
    let (left, right, _, _) = PLOT;
    html! {
        @for tick in y.ticks() {
            line class="grid" x1=(left) x2=(right) y1=(short(y.place(tick))) y2=(short(y.place(tick))) {}
            text x=(left - 6.0) y=(short(y.place(tick) + 4.0)) text-anchor="end" { (written(tick)) }
        }
    }
}

fn below(at: f64, text: &str) -> Markup {
    let (_, _, _, bottom) = PLOT;
    html! { text x=(short(at)) y=(bottom + 18.0) text-anchor="middle" { (text) } }
}

/// What can be drawn without a gap.
fn parts(points: &[(f64, f64)]) -> impl Iterator<Item = &[(f64, f64)]> {
    points.split(|(_, value)| !value.is_finite()).filter(|part| !part.is_empty())
}

fn path(points: &[(f64, f64)], x: &Scale, y: &Scale) -> String {
    let places =
        points.iter().map(|(at, value)| format!("{},{}", short(x.place(*at)), short(y.place(*value))));
    let mut places: Vec<String> = places.collect();
    if let [only] = places.as_slice() {
        // A line of one point has no length and would not be seen.
        places.push(only.clone());
    }
    places.join(" ")
}

fn counts(points: &[(f64, f64)], x: &Scale, bar: f64) -> Vec<f64> {
    let (left, _, _, _) = PLOT;
    let mut counts = vec![0.0; usize::from(BARS)];
    for (_, value) in points.iter().filter(|(_, value)| value.is_finite()) {
        let within = (x.place(*value) - left) / bar;
        let index = (0..BARS).find(|index| within < f64::from(*index) + 1.0).unwrap_or(BARS - 1);
        if let Some(count) = counts.get_mut(usize::from(index)) {
            *count += 1.0;
        }
    }
    counts
}

/// A place to a tenth of a pixel.
fn short(place: f64) -> String {
    format!("{place:.1}")
}
