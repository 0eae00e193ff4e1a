//! Pingora as a plain reverse proxy: one thread, a pool of kept-alive upstream connections, two headers added.
//!
//! Arguments: MODE LISTEN UPSTREAM CANARY CERTIFICATE KEY. MODE is `plain`, `tls` (ALPN h2 and http/1.1), `h2c` (HTTP/2 with prior
//! knowledge on both sides) or `split` (every tenth request goes to CANARY). The last three may be `-`.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use pingora_core::apps::HttpServerOptions;
use pingora_core::listeners::tls::TlsSettings;
use pingora_core::server::Server;
use pingora_core::server::configuration::ServerConf;
use pingora_core::tls::ssl::SslVersion;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_core::{Error, ErrorType, Result};
use pingora_http::RequestHeader;
use pingora_proxy::{ProxyHttp, Session, http_proxy_service};

/// Where requests go.
struct Reverse {
    stable: String,
    canary: Option<String>,
    h2c: bool,
    scheme: &'static str,
    count: AtomicU64,
}

#[async_trait]
impl ProxyHttp for Reverse {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn upstream_peer(&self, _session: &mut Session, (): &mut ()) -> Result<Box<HttpPeer>> {
        let canary = self.canary.as_ref().filter(|_| self.count.fetch_add(1, Ordering::Relaxed) % 10 == 9);
        let mut peer = HttpPeer::new(canary.unwrap_or(&self.stable).as_str(), false, String::new());
        if self.h2c {
            peer.options.set_http_version(2, 2);
        }
        Ok(Box::new(peer))
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        request: &mut RequestHeader,
        (): &mut (),
    ) -> Result<()> {
        if let Some(client) = session.client_addr().and_then(|address| address.as_inet()) {
            request.insert_header("x-forwarded-for", client.ip().to_string())?;
        }
        request.insert_header("x-forwarded-proto", self.scheme)?;
        Ok(())
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, listen, stable, canary, certificate, key] = arguments.as_slice() else {
        return Err(Error::explain(ErrorType::InternalError, "MODE LISTEN UPSTREAM CANARY CERTIFICATE KEY"));
    };
    let conf = ServerConf {
        threads: 1,
        upstream_keepalive_pool_size: 512,
        grace_period_seconds: Some(0),
        graceful_shutdown_timeout_seconds: Some(0),
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let reverse = Reverse {
        stable: stable.clone(),
        canary: (mode == "split").then(|| canary.clone()),
        h2c: mode == "h2c",
        scheme: if mode == "tls" { "https" } else { "http" },
        count: AtomicU64::new(0),
    };
    let mut service = http_proxy_service(&server.configuration, reverse);
    if let Some(proxy) = service.app_logic_mut().filter(|_| mode == "h2c") {
        let mut options = HttpServerOptions::default();
        options.h2c = true;
        proxy.server_options = Some(options);
    }
    if mode == "tls" {
        let mut settings = TlsSettings::intermediate(certificate, key)?;
        settings.enable_h2();
        let pin = |what| move |cause| Error::because(ErrorType::InternalError, what, cause);
        settings.set_min_proto_version(Some(SslVersion::TLS1_3)).map_err(pin("TLS 1.3"))?;
        settings.set_ciphersuites("TLS_AES_256_GCM_SHA384").map_err(pin("cipher suite"))?;
        settings.set_groups_list("X25519").map_err(pin("group"))?;
        service.add_tls_with_settings(listen, None, settings);
    } else {
        service.add_tcp(listen);
    }
    server.add_service(service);
    server.run_forever()
}
