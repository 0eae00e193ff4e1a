//! Whether requests arrive, and are served as they should be.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::{Ingress, IngressClass};
use kube::ResourceExt;
use weir_api::names::INGRESS_CONTROLLER;

use crate::doctor::checks::Checks;
use crate::doctor::finding::{Checked, Verdict, few};
use crate::doctor::seen::Seen;

/// `spec.controller` of ingress-nginx.
const NGINX: &str = "k8s.io/ingress-nginx";
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

pub(super) fn checks(seen: &Seen) -> Checks<'_> {
    let mut checks = vec![("service", service(seen))];
    match &seen.pods {
        Err(why) => checks.push(("reports", Err(why))),
        // That none is ready was said of the programs.
        Ok(_) if seen.proxies.is_empty() => {}
        Ok(_) => checks.extend([
            ("reports", Ok(reports(seen))),
            ("weights", Ok(epochs(seen))),
            ("metrics", Ok(metrics(seen))),
        ]),
    }
    checks.extend([("class", class(seen)), ("ingresses", ingresses(seen))]);
    checks.extend(nginx(seen).transpose().map(|nginx| ("ingress-nginx", nginx)));
    checks
}

fn service(seen: &Seen) -> Checked<'_> {
    let Some(service) = seen.service.as_ref()? else {
        let fix = format!("weir install -n {}", seen.namespace);
        return Ok(Verdict::fail("Service weir-proxy is not there: nothing leads to the proxies", fix));
    };
    let endpoints = seen.slices.as_ref()?.iter().flat_map(|slice| &slice.endpoints);
    let ready = endpoints.filter(|endpoint| {
        endpoint.conditions.as_ref().is_none_or(|conditions| conditions.ready.unwrap_or(true))
    });
    let ready = ready.count();
    if ready == 0 {
        let fix = format!("kubectl -n {} get pods -l app.kubernetes.io/name=weir-proxy", seen.namespace);
        return Ok(Verdict::fail("no proxy behind it is ready", fix));
    }
    let kind = service.spec.as_ref().and_then(|spec| spec.type_.as_deref()).unwrap_or("ClusterIP");
    let addresses = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let has_address = addresses.is_some_and(|balancer| balancer.ingress.iter().flatten().next().is_some());
    if kind == "LoadBalancer" && !has_address {
        let fix =
            "does this cluster have load balancers? Its Events say more: kubectl describe service weir-proxy";
        return Ok(Verdict::warn("of type LoadBalancer, and has no address yet", fix));
    }
    Ok(Verdict::ok(format!("{kind}, with {ready} proxies behind it")))
}

fn reports(seen: &Seen) -> Verdict {
    let silent = seen
        .proxies
        .iter()
        .filter_map(|asked| asked.said.as_ref().err().map(|why| format!("{}: {why}", asked.pod)));
    let silent: Vec<String> = silent.collect();
    if silent.is_empty() {
        return Verdict::ok(format!("{} proxies report", seen.proxies.len()));
    }
    let fix = "a proxy without a report cannot acknowledge weights: is port 9901 of its pod reached, by a NetworkPolicy and otherwise?";
    Verdict::fail(few(&silent), fix)
}

/// Every proxy serves the same weights, those of the status.
fn epochs(seen: &Seen) -> Verdict {
    let mut served: BTreeMap<&str, BTreeMap<Option<u64>, Vec<&str>>> = BTreeMap::new();
    let all =
        || seen.proxies.iter().filter_map(|asked| Some((asked.pod.as_str(), asked.said.as_ref().ok()?)));
    let canaries: BTreeSet<&str> = all().flat_map(|(_, epochs)| epochs.keys().map(String::as_str)).collect();
    for (pod, epochs) in all() {
        for canary in &canaries {
            let epoch = epochs.get(*canary).copied();
            served.entry(canary).or_default().entry(epoch).or_default().push(pod);
        }
    }
    let differing = served.iter().filter(|(_, epochs)| epochs.len() > 1).map(|(canary, epochs)| {
        let by = epochs.iter().map(|(epoch, pods)| {
            let epoch = epoch.map_or("none".to_owned(), |epoch| epoch.to_string());
            format!("{epoch} by {}", pods.join(", "))
        });
        format!("{canary}: epoch {}", by.collect::<Vec<_>>().join("; "))
    });
    let differing: Vec<String> = differing.collect();
    if differing.is_empty() {
        return Verdict::ok(format!("every proxy serves the same of {} Canaries", canaries.len()));
    }
    let fix = "look again in some seconds; a proxy that stays behind does not follow the API server: its log says why, and deleting the pod mends it";
    Verdict::warn(few(&differing), fix)
}

fn metrics(seen: &Seen) -> Verdict {
    let proxies = seen.proxies.iter().map(|asked| (&asked.pod, &asked.metrics));
    let controllers = seen.controllers.iter().map(|asked| (&asked.pod, &asked.metrics));
    let all: Vec<_> = proxies.chain(controllers).collect();
    let without: Vec<String> = all
        .iter()
        .filter_map(|(pod, metrics)| metrics.as_ref().err().map(|why| format!("{pod}: {why}")))
        .collect();
    if without.is_empty() {
        return Verdict::ok(format!("of {} pods", all.len()));
    }
    Verdict::warn(few(&without), "see whether /metrics of the admin port is reached")
}

fn class(seen: &Seen) -> Checked<'_> {
    let classes = seen.classes.as_ref()?;
    let ours: Vec<String> =
        classes.iter().filter(|class| is_of(class, INGRESS_CONTROLLER)).map(ResourceExt::name_any).collect();
    if ours.is_empty() {
        let found = format!("no IngressClass has the controller {INGRESS_CONTROLLER}: no Ingress is served");
        return Ok(Verdict::fail(found, format!("weir install -n {}", seen.namespace)));
    }
    Ok(Verdict::ok(format!("ingressClassName: {}", ours.join(" or "))))
}

fn is_of(class: &IngressClass, controller: &str) -> bool {
    class.spec.as_ref().and_then(|spec| spec.controller.as_deref()) == Some(controller)
}

/// Ingresses that nobody serves: of a class that is not there, or of none where none is the default.
fn ingresses(seen: &Seen) -> Checked<'_> {
    let (classes, ingresses) = (seen.classes.as_ref()?, seen.ingresses.as_ref()?);
    let without = arguments(seen).any(|argument| argument == "--ingress-without-class");
    let known: BTreeSet<String> = classes.iter().map(ResourceExt::name_any).collect();
    let has_default =
        classes.iter().any(|class| class.annotations().get(DEFAULT_CLASS).is_some_and(|is| is == "true"));
    let unserved = ingresses.iter().filter_map(|ingress| {
        let name = format!("{}/{}", ingress.namespace().unwrap_or_default(), ingress.name_any());
        match class_of(ingress) {
            Some(class) if known.contains(class) => None,
            Some(class) => Some(format!("{name} (there is no class {class})")),
            None if has_default || without => None,
            None => Some(format!("{name} (no class)")),
        }
    });
    let unserved: Vec<String> = unserved.collect();
    if unserved.is_empty() {
        return Ok(Verdict::ok(format!("{} there, all of a class that somebody serves", ingresses.len())));
    }
    let fix = format!(
        "set ingressClassName: weir, or make it the default: kubectl annotate ingressclass weir {DEFAULT_CLASS}=true"
    );
    Ok(Verdict::warn(format!("nobody serves {}", few(&unserved)), fix))
}

fn class_of(ingress: &Ingress) -> Option<&str> {
    let named = ingress.spec.as_ref().and_then(|spec| spec.ingress_class_name.as_deref());
    named.or_else(|| ingress.annotations().get(CLASS_ANNOTATION).map(String::as_str))
}

/// Arguments of the proxies.
fn arguments(seen: &Seen) -> impl Iterator<Item = &str> {
    let proxies =
        seen.deployments.iter().flatten().filter(|deployment| deployment.name_any() == "weir-proxy");
    let specs = proxies.filter_map(|proxy| proxy.spec.as_ref()?.template.spec.as_ref());
    specs
        .flat_map(|spec| &spec.containers)
        .flat_map(|container| container.args.iter().flatten().map(String::as_str))
}

/// Two controllers that serve the same Ingresses write over each other's addresses.
fn nginx(seen: &Seen) -> Result<Option<Verdict>, &String> {
    let running = seen.nginx.as_ref()?;
    let claims = arguments(seen).any(|argument| argument == "--claim-ingress-nginx");
    if running.is_empty() || !claims {
        return Ok(None);
    }
    let classes =
        seen.classes.iter().flatten().filter(|class| is_of(class, NGINX)).map(ResourceExt::name_any);
    let found = format!(
        "{} runs, and the proxies serve the same Ingresses (--claim-ingress-nginx, class {}): both write their status",
        running.join(", "),
        classes.collect::<Vec<_>>().join(", ")
    );
    let fix =
        "meant so while traffic moves; then scale ingress-nginx to 0, or run it with --update-status=false";
    Ok(Some(Verdict::warn(found, fix)))
}
