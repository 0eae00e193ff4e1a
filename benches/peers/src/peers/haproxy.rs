//! `HAProxy`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use rustix::process::{Signal, kill_process};

use crate::peers::{Place, cpus};
use crate::process::{Program, Running};
use crate::site::{Shape, Site};

/// Its configuration, and how it is started: with a master, but under instruments.
pub(super) fn program(place: &Place<'_>, site: Site) -> Result<Program> {
    let map = match site.shape {
        Shape::Hosts(count) => (0..count).fold(String::new(), |mut map, host| {
            let _ = writeln!(map, "h{host}.test up");
            map
        }),
        Shape::Paths(count) => (0..count).fold(String::new(), |mut map, path| {
            let _ = writeln!(map, "/p{path}/ up");
            map
        }),
        Shape::Plain | Shape::Split | Shape::Grpc => String::new(),
    };
    let map = place.write("routes.map", &map)?;
    let file = place.write("haproxy.cfg", &text(place, site, &map))?;
    let master = (!site.single).then_some("-W");
    let args = master.into_iter().chain(["-db", "-f"]).map(str::to_owned);
    Ok(Program::new(place.program, cpus(site)).args(args.chain([file.display().to_string()])))
}

/// The master starts itself again; the new worker takes over the listening sockets.
pub(super) fn reload(running: &Running) -> Result<()> {
    Ok(kill_process(running.pid(), Signal::USR2)?)
}

fn text(place: &Place<'_>, site: Site, map: &Path) -> String {
    let (frontend, upstream) = match site.shape {
        Shape::Plain | Shape::Split => ("default_backend up".to_owned(), ""),
        Shape::Grpc => ("default_backend up".to_owned(), " proto h2"),
        Shape::Hosts(_) => {
            (format!("use_backend %[req.hdr(host),field(1,:),lower,map({},none)]", map.display()), "")
        }
        Shape::Paths(_) => (format!("use_backend %[path,map_beg({},none)]", map.display()), ""),
    };
    let [stable, canary] = place.upstreams;
    let servers = match site.shape {
        Shape::Split => {
            format!("  balance roundrobin\n  server a {stable} weight 90\n  server b {canary} weight 10\n")
        }
        Shape::Plain | Shape::Grpc | Shape::Hosts(_) | Shape::Paths(_) => {
            format!("  server a {stable}{upstream}\n")
        }
    };
    let (bind, global) = match (site.tls, site.shape) {
        (true, _) => (
            format!(" ssl crt {} alpn h2,http/1.1 curves X25519", place.bench.certificate.both.display()),
            "  ssl-default-bind-options ssl-min-ver TLSv1.3\n  ssl-default-bind-ciphersuites TLS_AES_256_GCM_SHA384\n",
        ),
        (false, Shape::Grpc) => (" proto h2".to_owned(), ""),
        (false, _) => (String::new(), ""),
    };
    format!(
        "global\n  nbthread {workers}\n  maxconn {most}\n  stats socket {folder}/haproxy.sock mode 600 level admin expose-fd \
         listeners\n{global}defaults\n  mode http\n  option forwardfor\n  http-reuse always\n  timeout connect 5s\n  \
         timeout client 600s\n  timeout server 600s\nfrontend f\n  bind {listen}{bind}\n  maxconn {most}\n  \
         http-request set-header X-Forwarded-Proto {scheme}\n  {frontend}\nbackend up\n{servers}backend none\n  \
         http-request return status 404\n",
        workers = site.workers,
        most = (place.bench.files / 2).saturating_sub(100).min(20_000),
        folder = place.folder.display(),
        listen = place.listen,
        scheme = site.scheme(),
    )
}
