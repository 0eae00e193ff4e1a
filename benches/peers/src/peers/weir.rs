//! Weir itself, from manifests in a folder.

use std::fmt::Write as _;
use std::net::SocketAddr;

use anyhow::Result;

use crate::peers::{Place, cpus};
use crate::process::Program;
use crate::site::{Shape, Site};

/// Its manifests, and how it is started.
pub(super) fn program(place: &Place<'_>, site: Site) -> Result<Program> {
    std::fs::create_dir_all(place.folder.join("objects"))?;
    place.write("objects/services.yaml", &services(place.upstreams, site.shape))?;
    place.write("objects/routes.yaml", &routes(site.shape))?;
    let listen = place.listen.to_string();
    let objects = place.folder.join("objects").display().to_string();
    let workers = site.workers.to_string();
    let mut args: Vec<String> =
        ["--objects", &objects, "--admin", "127.0.0.1:0", "--workers", &workers].map(str::to_owned).into();
    if site.tls {
        let certificate = &place.bench.certificate;
        let (chain, key) = (certificate.chain.display().to_string(), certificate.key.display().to_string());
        args.extend(["--listen", "127.0.0.1:0", "--listen-tls", &listen].map(str::to_owned));
        args.extend(["--tls-cert".to_owned(), chain, "--tls-key".to_owned(), key]);
    } else {
        args.extend(["--listen".to_owned(), listen]);
    }
    Ok(Program::new(place.program, cpus(site)).args(args))
}

/// Replaces the manifest of the routes, with one route more than before.
pub(super) fn reload(place: &Place<'_>, time: u32) -> Result<()> {
    let more = ingress("more", "", [format!("/reload-{time}/")]);
    place.replace("objects/routes.yaml", &(routes(Shape::Plain) + &more))
}

/// Routes that [`churn`] goes round.
const CHURNED: u32 = 1000;
/// Weights are changed once for so many routes.
const ROUTES_PER_WEIGHT: u32 = 10;

/// The `step`-th of many small changes: another path for one of a thousand routes, and now and then another weight for the split of every request.
/// Not `seen`: in a folder beside the one that is watched, to find out what the making of changes costs by itself.
pub(super) fn churn(place: &Place<'_>, step: u32, seen: bool) -> Result<()> {
    let folder = if seen { "objects" } else { "unseen" };
    std::fs::create_dir_all(place.folder.join(folder))?;
    let (host, path) = churned(step);
    let number = step % CHURNED;
    let route = ingress(&format!("churn-{number}"), &format!("host: {host}, "), [path]);
    place.replace(&format!("{folder}/churn-{number}.yaml"), &route)?;
    if step.is_multiple_of(ROUTES_PER_WEIGHT) {
        let weight = 5 + step / ROUTES_PER_WEIGHT % 40;
        place.replace(&format!("{folder}/services.yaml"), &split_services(place.upstreams, weight))?;
    }
    Ok(())
}

/// The host and path that the `step`-th change of [`churn`] makes known.
pub(super) fn churned(step: u32) -> (String, String) {
    (format!("c{}.test", step % CHURNED), format!("/{step}/"))
}

fn routes(shape: Shape) -> String {
    match shape {
        Shape::Plain | Shape::Split | Shape::Grpc => ingress("web", "", ["/".to_owned()]),
        Shape::Hosts(count) => (0..count).fold(String::new(), |mut text, host| {
            text.push_str(&ingress(&format!("h{host}"), &format!("host: h{host}.test, "), ["/".to_owned()]));
            text
        }),
        Shape::Paths(count) => ingress("web", "", (0..count).map(|path| format!("/p{path}/"))),
    }
}

fn ingress(name: &str, host: &str, paths: impl IntoIterator<Item = String>) -> String {
    let mut text = format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: bench}}\nspec:\n  rules:\n    - \
         {{{host}http: {{paths: [\n"
    );
    for path in paths {
        let _ = writeln!(
            text,
            "        {{path: {path}, pathType: Prefix, backend: {{service: {{name: web, port: {{name: http}}}}}}}},"
        );
    }
    text + "      ]}}\n---\n"
}

fn services([stable, canary]: [SocketAddr; 2], shape: Shape) -> String {
    match shape {
        Shape::Split => split_services([stable, canary], 10),
        Shape::Grpc => service("web", stable, "", ", appProtocol: kubernetes.io/h2c"),
        Shape::Plain | Shape::Hosts(_) | Shape::Paths(_) => service("web", stable, "", ""),
    }
}

fn split_services([stable, canary]: [SocketAddr; 2], weight: u32) -> String {
    let split =
        format!("  annotations: {{weir.dev/canary-service: canary, weir.dev/canary-weight: \"{weight}\"}}\n");
    service("web", stable, &split, "") + &service("canary", canary, "", "")
}

fn service(name: &str, endpoint: SocketAddr, annotations: &str, protocol: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: bench\n{annotations}spec:\n  ports: [{{name: http, \
         port: 80{protocol}}}]\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\nmetadata:\n  name: \
         {name}-0\n  namespace: bench\n  labels: {{kubernetes.io/service-name: {name}, weir.dev/revision: {name}-r1}}\nports: \
         [{{name: http, port: {port}{protocol}}}]\nendpoints: [{{addresses: [{ip}], conditions: {{ready: true}}}}]\n---\n",
        port = endpoint.port(),
        ip = endpoint.ip(),
    )
}
