//! Pages that open from disk: one file each, nothing fetched, readable without JavaScript, light and dark. Pure.
//!
//! ```text
//! analysis   what an analysis came to
//! release    the report of a release
//! chart      lines over time, distributions      SVG
//!   scale      values to places, and round numbers at the axis
//! ```

mod analysis;
mod chart;
mod release;
mod scale;

pub use analysis::analysis;
pub use release::release;

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page/style.css");

/// A whole page.
fn page(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    }
    .into_string()
}
