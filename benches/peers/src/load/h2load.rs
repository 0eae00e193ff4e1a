//! h2load: HTTP/2, and HTTP/1.1 where full TLS handshakes or an exact number of requests are wanted.

use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::bench::Bench;
use crate::load::{Found, Target};
use crate::process::{Cpus, Program};
use crate::ratio;
use crate::site::Shape;

/// Connections of one round of handshakes, one request on each.
const HANDSHAKES: &str = "200";

/// HTTP/2 for `seconds`.
pub(super) fn streams(bench: &Bench, target: Target, seconds: f64) -> Result<Found> {
    let mut args = vec!["-D".to_owned(), format!("{:.0}", seconds.max(1.0))];
    args.extend(["-c8", "-m32"].map(str::to_owned));
    run(bench, target, args)
}

/// Full handshakes, one batch after the other, until `seconds` are over. The time that h2load takes to start is not counted.
pub(super) fn handshakes(bench: &Bench, target: Target, seconds: f64) -> Result<Found> {
    let began = Instant::now();
    let mut sum = Found::default();
    while began.elapsed().as_secs_f64() < seconds {
        let args = ["--h1", "-n", HANDSHAKES, "-c", HANDSHAKES].map(str::to_owned);
        let found = run(bench, target, args.into())?;
        sum.succeeded += found.succeeded;
        sum.failed += found.failed;
        sum.seconds += found.seconds;
    }
    Ok(sum)
}

/// An exact number of requests in HTTP/1.1.
pub(super) fn exactly(bench: &Bench, target: Target, requests: u32, connections: u32) -> Result<Found> {
    run(bench, target, vec!["--h1".to_owned(), format!("-n{requests}"), format!("-c{connections}")])
}

/// An exact number of requests in HTTP/2.
pub(super) fn exactly_streams(
    bench: &Bench,
    target: Target,
    requests: u32,
    [connections, streams]: [u32; 2],
) -> Result<Found> {
    run(bench, target, vec![format!("-n{requests}"), format!("-c{connections}"), format!("-m{streams}")])
}

/// One request.
pub(super) fn probe(bench: &Bench, target: Target) -> Result<()> {
    // A connection that nobody answers must not use up all the patience: the next one may be answered.
    let mut args = ["-n1", "-c1", "-N5s"].map(str::to_owned).to_vec();
    if target.site.shape != Shape::Grpc {
        args.push("--h1".to_owned());
    }
    let found = run(bench, target, args)?;
    if found.succeeded == 1 { Ok(()) } else { bail!("no answer of 2xx to one request") }
}

/// Arguments that make a request a unary gRPC call.
fn message(bench: &Bench) -> Vec<String> {
    let message = bench.message.display().to_string();
    ["-d", &message, "-H", "content-type: application/grpc", "-H", "te: trailers"].map(str::to_owned).into()
}

fn run(bench: &Bench, target: Target, mut args: Vec<String>) -> Result<Found> {
    let (host, path) = target.site.example();
    match target.site.shape {
        Shape::Hosts(_) => args.extend(["-H".to_owned(), format!(":authority: {host}")]),
        Shape::Grpc => args.extend(message(bench)),
        Shape::Plain | Shape::Split | Shape::Paths(_) => {}
    }
    let log = bench.folder.path().join("h2load.log");
    // It appends to what is there.
    let _ = std::fs::remove_file(&log);
    args.push(format!("--log-file={}", log.display()));
    if target.site.tls {
        args.extend(["--groups=X25519", "--tls13-ciphers=TLS_AES_256_GCM_SHA384"].map(str::to_owned));
    }
    args.push(target.url(path));
    let program = bench.with_openssl(Program::new(&bench.tools.h2load, Cpus::Load).args(args));
    let output = program.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut found = parse(&text)
        .with_context(|| format!("what h2load said: {text}{}", String::from_utf8_lossy(&output.stderr)))?;
    let times = times(&std::fs::read_to_string(&log).unwrap_or_default());
    (found.p50, found.p99) = (ratio::quantile(&times, 0.5), ratio::quantile(&times, 0.99));
    Ok(found)
}

/// Response times in microseconds, sorted: the third column of its log.
fn times(log: &str) -> Vec<f64> {
    let mut times: Vec<f64> =
        log.lines().filter_map(|line| line.split('\t').nth(2)?.trim().parse().ok()).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn parse(text: &str) -> Option<Found> {
    let after = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key));
    // "finished in 1.00s, 68719.00 req/s": minutes have a unit of their own, and no run is that long.
    let took = after("finished in ")?.split(',').next()?;
    let seconds = match took.strip_suffix("ms").or_else(|| took.strip_suffix("us")) {
        Some(small) if took.ends_with("ms") => small.parse::<f64>().ok()? / 1e3,
        Some(small) => small.parse::<f64>().ok()? / 1e6,
        None => took.strip_suffix('s')?.parse().ok()?,
    };
    let requests = after("requests: ")?;
    let count = |what: &str| {
        let part = requests.split(", ").find_map(|part| part.strip_suffix(what))?;
        part.trim().parse::<u64>().ok()
    };
    let codes = after("status codes: ")?;
    let good =
        |kind: &str| codes.split(", ").find_map(|part| part.strip_suffix(kind)?.trim().parse::<u64>().ok());
    let (done, answered) = (count(" done")?, good(" 2xx")? + good(" 3xx")?);
    let broken = count(" errored")? + count(" timeout")?;
    Some(Found {
        succeeded: answered,
        failed: done.saturating_sub(answered).max(broken),
        seconds,
        p50: None,
        p99: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{parse, times};

    const SAID: &str = "
finished in 1.50s, 68719.00 req/s, 9.11MB/s
requests: 1000 total, 1000 started, 1000 done, 990 succeeded, 10 failed, 2 errored, 0 timeout
status codes: 990 2xx, 0 3xx, 0 4xx, 8 5xx
";

    #[test]
    fn what_h2load_says_is_understood() {
        let found = parse(SAID).unwrap();
        assert_eq!((found.succeeded, found.failed), (990, 10));
        assert!((found.seconds - 1.5).abs() < 1e-9);
        let quick = parse(&SAID.replace("1.50s", "12.50ms")).unwrap();
        assert!((quick.seconds - 0.0125).abs() < 1e-9);
    }

    #[test]
    fn its_log_has_the_times() {
        assert_eq!(times("17956\t200\t284\n17957\t200\t30\nrest"), [30.0, 284.0]);
    }
}
