//! wrk: HTTP/1.1 in a closed loop.

use anyhow::{Context, Result, bail};

use crate::bench::Bench;
use crate::load::{Found, Target};
use crate::process::{Cpus, Program};
use crate::site::Shape;

/// How it is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrk {
    pub(super) connections: u32,
    pub(super) path: &'static str,
    pub(super) close: bool,
    pub(super) random: bool,
}

impl Wrk {
    /// Sends for about `seconds`; wrk takes whole ones.
    pub(super) fn run(self, bench: &Bench, target: Target, seconds: f64) -> Result<Found> {
        let mut args = vec!["-t1".to_owned(), format!("-c{}", self.connections)];
        args.extend([format!("-d{:.0}s", seconds.max(1.0)), "--latency".to_owned()]);
        if self.close {
            args.extend(["-H", "Connection: close"].map(str::to_owned));
        }
        if self.random {
            let script = bench.folder.path().join("random.lua");
            std::fs::write(&script, random(target.site.shape))?;
            args.extend(["-s".to_owned(), script.display().to_string()]);
        }
        let program = bench.with_openssl(Program::new(&bench.tools.wrk, Cpus::Load).args(args));
        let output = program.args([target.url(self.path)]).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            bail!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr));
        }
        parse(&text).with_context(|| format!("what wrk said: {text}"))
    }
}

/// A script that makes every request beforehand and then takes a random one each time.
fn random(shape: Shape) -> String {
    let (count, request) = match shape {
        Shape::Hosts(count) => (count, r#"wrk.format("GET", "/", {["Host"] = "h" .. i .. ".test"})"#),
        Shape::Paths(count) => (count, r#"wrk.format("GET", "/p" .. i .. "/x")"#),
        Shape::Plain | Shape::Split | Shape::Grpc => (1, r#"wrk.format("GET", "/")"#),
    };
    format!(
        "local made = {{}}\nfunction init(args)\n  math.randomseed(1)\n  for i = 0, {count} - 1 do made[i + 1] = {request} end\nend\n\
         function request() return made[math.random({count})] end\n"
    )
}

fn parse(text: &str) -> Option<Found> {
    let after = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
    let (requests, rest) = text.lines().find_map(|line| line.trim().split_once(" requests in "))?;
    let requests: u64 = requests.parse().ok()?;
    let refused: u64 = after("Non-2xx or 3xx responses:").map_or(Some(0), |count| count.parse().ok())?;
    let broken: u64 = after("Socket errors:").map_or(0, |errors| {
        errors.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse::<u64>().ok()).sum()
    });
    Some(Found {
        succeeded: requests.saturating_sub(refused),
        failed: refused + broken,
        seconds: micros(rest.split(',').next()?)? / 1e6,
        p50: after("50%").and_then(micros),
        p99: after("99%").and_then(micros),
    })
}

/// `123.00us`, `1.20ms`, `2.01s`, `1.50m`.
fn micros(text: &str) -> Option<f64> {
    let text = text.trim();
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (value, unit) = text.split_at_checked(at)?;
    let scale = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "m" => 6e7,
        _ => return None,
    };
    Some(value.parse::<f64>().ok()? * scale)
}

#[cfg(test)]
mod tests {
    use super::parse;

    const SAID: &str = "Running 1s test @ http://127.0.0.1:19000/x
  Latency Distribution
     50%  293.00us
     99%    1.65ms
  16349 requests in 2.50s, 2.46MB read
  Socket errors: connect 0, read 3, write 1, timeout 0
  Non-2xx or 3xx responses: 49
Requests/sec:  16317.85
";

    #[test]
    fn what_wrk_says_is_understood() {
        let found = parse(SAID).unwrap();
        assert_eq!((found.succeeded, found.failed), (16_300, 53));
        assert!((found.seconds - 2.5).abs() < 1e-9);
        assert!((found.p50.unwrap() - 293.0).abs() < 1e-9 && (found.p99.unwrap() - 1650.0).abs() < 1e-9);
    }

    #[test]
    fn what_wrk_does_not_say_is_zero() {
        let found = parse("  7 requests in 1.00s, 2KB read\n").unwrap();
        assert_eq!((found.succeeded, found.failed, found.p99), (7, 0, None));
    }
}
