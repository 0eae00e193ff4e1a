//! What a program tells on standard error while it runs, how much of it, and in which form.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// The log of a program.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Log")]
pub struct LogArgs {
    /// How much is told on standard error: off, error, warn, info or debug; of a part of the program alone as in `info,weir_proxy::tls=debug`
    #[arg(long, value_name = "LEVEL", env = "WEIR_LOG", default_value = "info", value_parser = level)]
    pub log: String,
    /// As text, or an object of JSON in each line
    #[arg(long, value_name = "FORM", env = "WEIR_LOG_FORMAT", default_value = "text")]
    pub log_format: Form,
}

/// The form of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people; in colours on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
    Text,
    /// For programs: `timestamp`, `level`, `target`, `message` and what belongs to it, in one line each.
    Json,
}

impl LogArgs {
    /// From now on the program logs. To be called once, before anything else.
    pub fn start(&self) {
        let colour =
            io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        // Read before as an argument, so it is one.
        let filter = EnvFilter::new(&self.log);
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colour);
        match self.log_format {
            Form::Text => log.init(),
            Form::Json => log.json().flatten_event(true).init(),
        }
    }
}

/// A level that can be read. A word that is none would be taken for a part of the program, of which everything is told.
fn level(text: &str) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let directives: Vec<&str> = text.split(',').map(str::trim).collect();
    for directive in &directives {
        let level = directive.rsplit_once('=').map_or(*directive, |(_, level)| level);
        if !LEVELS.contains(&level.to_ascii_lowercase().as_str()) {
            return Err(format!("{level:?} is no level: write off, error, warn, info or debug"));
        }
    }
    let filter = directives.join(",");
    EnvFilter::try_new(&filter).map_err(|error| error.to_string())?;
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn what_is_no_level_is_refused_with_what_would_be_one() {
        for right in ["info", "DEBUG", "off", "info,weir_proxy::tls=debug"] {
            assert_eq!(level(right).as_deref(), Ok(right));
        }
        assert_eq!(level("warn, hyper=error").as_deref(), Ok("warn,hyper=error"));
        for (wrong, part) in
            [("verbose", "verbose"), ("info,weir_proxy", "weir_proxy"), ("weir_proxy=loud", "loud"), ("", "")]
        {
            let expected = format!("{part:?} is no level: write off, error, warn, info or debug");
            assert_eq!(level(wrong), Err(expected));
        }
    }
}
