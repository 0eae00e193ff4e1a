//! Which Service and which Deployment a name means. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;
use weir_api::names::{CANARY_LABEL, nearest};
use weir_deploy::images::repository;

use crate::end::Named;

/// A Service, and the Deployment whose pods it selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) service: String,
    pub(super) deployment: String,
    /// Name and image of each container.
    containers: Vec<(String, String)>,
}

impl Target {
    /// The Service of that name, or the one of the Deployment of that name.
    pub(super) fn find(
        asked: &Named,
        services: &[Service],
        deployments: &[Deployment],
    ) -> Result<Self, String> {
        let name = &asked.name;
        // What a release made is never what is released.
        let deployments: Vec<&Deployment> =
            deployments.iter().filter(|deployment| !deployment.labels().contains_key(CANARY_LABEL)).collect();
        let services: Vec<&Service> =
            services.iter().filter(|service| !service.labels().contains_key(CANARY_LABEL)).collect();
        if let Some(service) = services.iter().find(|service| service.name_any() == *name) {
            let selector = selector(service).ok_or_else(|| {
                format!("Service {name} has no selector, so it leads to no Deployment: name a Service that has one")
            })?;
            let of_it: Vec<&Deployment> =
                deployments.iter().copied().filter(|deployment| has(deployment, selector)).collect();
            return match of_it.as_slice() {
                [one] => Ok(Self::new(service, one)),
                [] => Err(format!(
                    "Service {name} selects {}, and the pods of no Deployment have these labels: {}",
                    written(selector),
                    among("Deployment", deployments.iter().map(|deployment| deployment.name_any()))
                )),
                several => Err(format!(
                    "Service {name} selects the pods of several Deployments ({}), and a Canary releases one: narrow its selector, or apply a Canary whose \
                     spec.targetRef names one",
                    names(several.iter().map(|deployment| deployment.name_any()))
                )),
            };
        }
        let Some(deployment) = deployments.iter().find(|deployment| deployment.name_any() == *name) else {
            let known: Vec<String> = services.iter().map(|service| service.name_any()).collect();
            let next = match nearest(name, known.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean {meant}?"),
                None => among("Service", known.into_iter()),
            };
            return Err(format!("there is no Service, Canary or Deployment {name}: {next}"));
        };
        let of_it: Vec<&Service> = services
            .iter()
            .copied()
            .filter(|service| selector(service).is_some_and(|selector| has(deployment, selector)))
            .collect();
        match of_it.as_slice() {
            [one] => Ok(Self::new(one, deployment)),
            [] => Err(format!(
                "no Service selects the pods of Deployment {name}: requests get to a canary by a Service; make one"
            )),
            several => Err(format!(
                "several Services select the pods of Deployment {name}: name the one whose requests are split: {}",
                names(several.iter().map(|service| service.name_any()))
            )),
        }
    }

    fn new(service: &Service, deployment: &Deployment) -> Self {
        let spec = deployment.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
        let containers = spec.map(|spec| spec.containers.as_slice()).unwrap_or_default();
        let containers = containers
            .iter()
            .map(|container| (container.name.clone(), container.image.clone().unwrap_or_default()));
        Self {
            service: service.name_any(),
            deployment: deployment.name_any(),
            containers: containers.collect(),
        }
    }

    /// Whether it is plain which of the containers gets this image.
    pub(super) fn takes(&self, image: &str) -> Result<(), String> {
        let same = |(_, has): &&(String, String)| repository(has) == repository(image);
        if self.containers.len() <= 1 || self.containers.iter().any(|container| same(&container)) {
            return Ok(());
        }
        let known = names(self.containers.iter().map(|(name, image)| format!("{name} runs {image}")));
        Err(format!(
            "Deployment {} has several containers ({known}), and none runs an image of {}: name an image of the one that is released",
            self.deployment,
            repository(image)
        ))
    }
}

fn selector(service: &Service) -> Option<&BTreeMap<String, String>> {
    service.spec.as_ref()?.selector.as_ref().filter(|selector| !selector.is_empty())
}

fn has(deployment: &Deployment, selector: &BTreeMap<String, String>) -> bool {
    let template = deployment.spec.as_ref().and_then(|spec| spec.template.metadata.as_ref());
    let labels = template.and_then(|metadata| metadata.labels.as_ref());
    labels.is_some_and(|labels| selector.iter().all(|(label, value)| labels.get(label) == Some(value)))
}

fn written(selector: &BTreeMap<String, String>) -> String {
    names(selector.iter().map(|(label, value)| format!("{label}={value}")))
}

fn names(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn among(kind: &str, known: impl Iterator<Item = String>) -> String {
    let known = names(known);
    if known.is_empty() { format!("there is no {kind} at all") } else { format!("there is {known}") }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::Service;
    use serde_json::{Value, json};

    use super::Target;
    use crate::end::Named;

    fn service(name: &str, selector: &Value) -> Service {
        serde_json::from_value(json!({"metadata": {"name": name}, "spec": {"selector": selector}})).unwrap()
    }

    fn deployment(name: &str, labels: &Value, images: &[&str]) -> Deployment {
        let containers: Vec<Value> =
            (1..).zip(images).map(|(n, image)| json!({"name": format!("c{n}"), "image": image})).collect();
        serde_json::from_value(json!({
            "metadata": {"name": name},
            "spec": {"selector": {}, "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}},
        }))
        .unwrap()
    }

    fn find(name: &str) -> Result<Target, String> {
        let services = [
            service("api", &json!({"app": "api"})),
            service("web", &json!({"tier": "web"})),
            service("none", &json!({"app": "none"})),
            service("headless", &json!({})),
            service("all", &json!({"team": "shop"})),
        ];
        let deployments = [
            deployment("api-v1", &json!({"app": "api", "team": "shop"}), &["r.example/api:1", "proxy:1"]),
            deployment("front", &json!({"tier": "web"}), &["front:1"]),
            deployment("worker", &json!({"app": "worker"}), &["worker:1"]),
            deployment("batch", &json!({"team": "shop"}), &["batch:1"]),
        ];
        Target::find(&Named::parse(name, "shop"), &services, &deployments)
    }

    #[test]
    fn a_service_leads_to_its_deployment_and_back() {
        assert_eq!(find("api").unwrap().deployment, "api-v1");
        assert_eq!(find("web").unwrap().deployment, "front");
        assert_eq!(find("front").unwrap().service, "web");
    }

    #[test]
    fn what_is_not_plain_is_said() {
        for (name, part) in [
            (
                "none",
                "Service none selects app=none, and the pods of no Deployment have these labels: there is api-v1, front",
            ),
            ("all", "several Deployments (api-v1, batch)"),
            ("headless", "has no selector"),
            ("worker", "no Service selects the pods of Deployment worker"),
            ("api-v1", "name the one whose requests are split: api, all"),
            ("apu", "there is no Service, Canary or Deployment apu: did you mean api?"),
            ("payment", "payment: there is api, web"),
        ] {
            let said = find(name).unwrap_err();
            assert!(said.contains(part), "{part:?} in {said}");
        }
    }

    #[test]
    fn an_image_goes_to_the_container_of_its_repository() {
        let target = find("api").unwrap();
        assert_eq!(target.takes("r.example/api:2"), Ok(()));
        let said = target.takes("other:2").unwrap_err();
        assert!(
            said.contains("c1 runs r.example/api:1, c2 runs proxy:1") && said.contains("of other:"),
            "{said}"
        );
        assert_eq!(find("web").unwrap().takes("other:2"), Ok(()), "there is only one");
    }
}
