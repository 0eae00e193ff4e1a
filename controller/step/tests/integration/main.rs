//! Steps as real processes: what they print, how they end, and what they leave behind.
#![expect(clippy::unwrap_used, reason = "Clippy grants it to tests, and not to the functions around them")]

mod kept;
mod printed;
mod step;
mod stopped;
