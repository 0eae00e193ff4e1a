//! HTTP/2 and TLS, from the client to the upstream: every count is exact.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use weir_load::plan::{Plan, Protocol, Trust};
use weir_load::{drive, serve::Server};
use weir_telemetry::outcome::Outcome;
use weir_tests::counts::Counts;
use weir_tests::sample::split;
use weir_tests::standalone::Standalone;
use weir_tests::traffic::{answered_by, closed, received, upstream};

const REQUESTS: u64 = 6_000;
/// Threads of the proxy.
const WORKERS: u64 = 2;
const HTTP2: Protocol = Protocol::Http2 { streams: NonZeroUsize::new(10).unwrap() };

/// A proxy with TLS, the file with its authority, and two upstreams.
struct Stage {
    proxy: Standalone,
    authority: PathBuf,
    stable: Server,
    canary: Server,
    _files: tempfile::TempDir,
}

impl Stage {
    /// `spoken` is the protocol of the upstreams, as `appProtocol` has it.
    async fn start(spoken: &str) -> Self {
        let (stable, canary) =
            (upstream("stable", "0").await.unwrap(), upstream("canary", "0").await.unwrap());
        let text = split("web", &[stable.address()], ("10", &[canary.address()]), None, &[]);
        let text = text.replace("targetPort: http}", &format!("targetPort: http, appProtocol: {spoken}}}"));
        let files = tempfile::tempdir().unwrap();
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let (certificate, key) = (files.path().join("tls.crt"), files.path().join("tls.key"));
        std::fs::write(&certificate, certified.cert.pem()).unwrap();
        std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
        let (shown, key) = (certificate.display().to_string(), key.display().to_string());
        let workers = WORKERS.to_string();
        let args =
            ["--listen-tls", "127.0.0.1:0", "--tls-cert", &shown, "--tls-key", &key, "--workers", &workers];
        let proxy = Standalone::proxy(&[("web.yaml", text)], &args).await.unwrap();
        Self { proxy, authority: certificate, stable, canary, _files: files }
    }

    fn plan(&self, protocol: Protocol, secure: bool) -> Plan {
        let plan = Plan {
            protocol,
            workers: NonZeroUsize::new(2).unwrap(),
            ..closed(self.proxy.listen().unwrap(), "/web", 40, REQUESTS).unwrap()
        };
        if !secure {
            return plan;
        }
        Plan {
            targets: vec!["https://localhost/web".parse().unwrap()],
            connect: Some(self.proxy.proxy.address("https").unwrap().to_string()),
            trust: Trust::Authorities(self.authority.clone()),
            ..plan
        }
    }

    /// Sends the requests and checks that everybody counts all of them.
    async fn exact(&self, what: &str, protocol: Protocol, secure: bool) {
        let servers = [("stable", &self.stable), ("canary", &self.canary)];
        let before = (
            Counts::of(&self.proxy.settled().await.unwrap(), "web"),
            servers.map(|(_, server)| received(server, "/web")),
        );
        let load = drive::run(self.plan(protocol, secure)).await.unwrap();
        let counts = Counts::of(&self.proxy.settled().await.unwrap(), "web");
        let mut shown = Vec::new();
        for ((track, server), earlier) in servers.into_iter().zip(before.1) {
            let by_load = answered_by(&load, track);
            let by_proxy = counts.requests(track) - before.0.requests(track);
            let by_upstream = received(server, "/web") - earlier;
            assert_eq!((by_load, by_load), (by_proxy, by_upstream), "{what}, {track}");
            shown.push((track, by_load));
        }
        println!(
            "{what}: {} sent, {} failed, {shown:?} by load generator, proxy and upstreams",
            load.sent, load.results.errors
        );
        assert_eq!(
            (load.sent, load.results.completed, load.results.errors),
            (REQUESTS, REQUESTS, 0),
            "{load:?}"
        );
        assert_eq!(counts.total().outcomes.get(Outcome::Success), counts.total().outcomes.total());
        // A window of the draw may be open at either end, in each worker.
        assert!(shown[1].1.abs_diff(REQUESTS / 10) <= 2 * WORKERS, "{shown:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_protocol_of_clients_is_split_and_counted_exactly() {
    let stage = Stage::start("http").await;
    stage.exact("HTTP/2 by prior knowledge", HTTP2, false).await;
    stage.exact("HTTP/1.1 over TLS", Protocol::Http1, true).await;
    stage.exact("HTTP/2 over TLS", HTTP2, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upstreams_that_speak_http2_are_split_and_counted_exactly() {
    let stage = Stage::start("kubernetes.io/h2c").await;
    stage.exact("HTTP/1.1 to HTTP/2", Protocol::Http1, false).await;
    stage.exact("HTTP/2 over TLS to HTTP/2", HTTP2, true).await;
}
