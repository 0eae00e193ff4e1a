//! nginx.

use std::fmt::Write as _;

use anyhow::Result;
use rustix::process::{Signal, kill_process};

use crate::peers::{Place, cpus};
use crate::process::{Program, Running};
use crate::site::{Shape, Site};

/// Its configuration, and how it is started.
pub(super) fn program(place: &Place<'_>, site: Site) -> Result<Program> {
    let file = place.write("nginx.conf", &text(place, site))?;
    let prefix = place.folder.display().to_string();
    let args = ["-p".to_owned(), prefix, "-c".to_owned(), file.display().to_string()];
    Ok(Program::new(place.program, cpus(site)).args(args))
}

/// The master starts new workers; the old ones close their connections when these are idle.
pub(super) fn reload(running: &Running) -> Result<()> {
    Ok(kill_process(running.pid(), Signal::HUP)?)
}

fn text(place: &Place<'_>, site: Site) -> String {
    let mut text = head(place, site);
    let listen = listen(place, site);
    let pass = if site.shape == Shape::Grpc { "grpc_pass grpc" } else { "proxy_pass http" };
    match site.shape {
        Shape::Plain | Shape::Split | Shape::Grpc => {
            let _ = writeln!(text, "  server {{ {listen} location / {{ {pass}://up; }} }}");
        }
        Shape::Hosts(count) => {
            for host in 0..count {
                let _ = writeln!(
                    text,
                    "  server {{ {listen} server_name h{host}.test; location / {{ {pass}://up; }} }}"
                );
            }
        }
        Shape::Paths(count) => {
            let _ = writeln!(text, "  server {{ {listen}");
            for path in 0..count {
                let _ = writeln!(text, "    location /p{path}/ {{ {pass}://up; }}");
            }
            text.push_str("  }\n");
        }
    }
    text + "}\n"
}

fn listen(place: &Place<'_>, site: Site) -> String {
    let kind = match (site.tls, site.shape) {
        (true, _) => " ssl http2",
        (false, Shape::Grpc) => " http2",
        (false, _) => "",
    };
    format!("listen {}{kind};", place.listen)
}

fn head(place: &Place<'_>, site: Site) -> String {
    let [stable, canary] = place.upstreams;
    let (stable_weight, canary) = match site.shape {
        Shape::Split => (" weight=9", format!("server {canary} weight=1; ")),
        Shape::Plain | Shape::Grpc | Shape::Hosts(_) | Shape::Paths(_) => ("", String::new()),
    };
    let master = if site.single { "off" } else { "on" };
    let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
    let tls = if site.tls {
        let certificate = &place.bench.certificate;
        format!(
            "  ssl_certificate {};\n  ssl_certificate_key {};\n  ssl_protocols TLSv1.3;\n  ssl_ecdh_curve X25519;\n  \
             ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;\n",
            certificate.chain.display(),
            certificate.key.display()
        )
    } else {
        String::new()
    };
    format!(
        "{user}daemon off;\nmaster_process {master};\nworker_processes {workers};\npid nginx.pid;\nerror_log stderr crit;\n\
         worker_rlimit_nofile {files};\nevents {{ worker_connections {files}; }}\nhttp {{\n  access_log off;\n  \
         keepalive_requests 100000000;\n  keepalive_timeout 600s;\n  server_names_hash_max_size 65536;\n  \
         server_names_hash_bucket_size 128;\n  client_body_temp_path body;\n  proxy_temp_path proxy;\n  \
         fastcgi_temp_path fastcgi;\n  uwsgi_temp_path uwsgi;\n  scgi_temp_path scgi;\n  proxy_http_version 1.1;\n  \
         proxy_set_header Connection \"\";\n  proxy_set_header Host $host;\n  proxy_set_header X-Forwarded-For $remote_addr;\n  \
         proxy_set_header X-Forwarded-Proto $scheme;\n{tls}  upstream up {{ server {stable}{stable_weight}; {canary}keepalive 512; \
         keepalive_requests 100000000; }}\n",
        workers = site.workers,
        files = place.bench.files,
    )
}
