//! Which images an object runs, and images of this run in their place.

use std::collections::BTreeMap;

use serde_json::Value;

/// Where pods are described.
const TEMPLATES: [&str; 3] = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"];
const CONTAINERS: [&str; 2] = ["initContainers", "containers"];

/// An image's name without tag and digest: `registry:5000/team/api:v1@sha256:..` is `registry:5000/team/api`.
#[must_use]
pub fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        // A colon before a slash is a port.
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// Whether this may stand behind a repository's colon, as the specification of OCI's distribution has it.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(letter) && text.chars().all(|c| letter(c) || matches!(c, '.' | '-'))
}

/// Whether somebody may mean a repository by this name, which may be the last part of it alone.
#[must_use]
pub fn is_called(repository: &str, name: &str) -> bool {
    repository == name || repository.rsplit('/').next() == Some(name)
}

/// What of `images` is put in the place of `image`, with its name there: the whole one goes before the last part alone.
#[must_use]
pub fn put<'i>(image: &str, images: &'i BTreeMap<String, String>) -> Option<(&'i String, &'i String)> {
    let name = repository(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    images.get_key_value(name).or_else(|| images.get_key_value(last))
}

/// The images of an object's containers: names and images, in their order.
#[must_use]
pub fn images(object: &Value) -> Vec<(String, String)> {
    let Some(spec) = template(object) else { return Vec::new() };
    let containers = CONTAINERS.iter().rev().filter_map(|list| spec.get(list)?.as_array()).flatten();
    let text = |container: &Value, field: &str| {
        container.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    containers.map(|container| (text(container, "name"), text(container, "image"))).collect()
}

/// Puts images in the place of those with the same name, whatever their tag: `images` by name. A name may be the last part alone, as `api`
/// for `registry.example/team/api:v1`. What was put where is added to `bound`.
pub fn bind(object: &mut Value, images: &BTreeMap<String, String>, bound: &mut BTreeMap<String, String>) {
    bind_first(object, &[images], bound);
}

/// As [`bind`], with several of `images`: the first that has one counts, by whatever part of the name it does.
pub fn bind_first(
    object: &mut Value,
    images: &[&BTreeMap<String, String>],
    bound: &mut BTreeMap<String, String>,
) {
    let mut replace = |image: &mut Value| {
        let Some(written) = image.as_str() else { return };
        if let Some((name, reference)) = images.iter().find_map(|images| put(written, images)) {
            bound.insert(name.clone(), reference.clone());
            *image = Value::from(reference.as_str());
        }
    };
    let Some(spec) = template_mut(object) else { return };
    for list in CONTAINERS {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            container.get_mut("image").into_iter().for_each(&mut replace);
        }
    }
}

/// Where the pods of an object are described.
fn place(object: &Value) -> Option<&'static str> {
    TEMPLATES
        .into_iter()
        .find(|pointer| object.pointer(pointer).is_some_and(|spec| spec.get("containers").is_some()))
}

fn template(object: &Value) -> Option<&Value> {
    object.pointer(place(object)?)
}

fn template_mut(object: &mut Value) -> Option<&mut Value> {
    let place = place(object)?;
    object.pointer_mut(place)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::{bind, bind_first, images, is_tag, repository};

    #[test]
    fn a_name_has_neither_tag_nor_digest() {
        for (image, expected) in [
            ("api", "api"),
            ("api:v1", "api"),
            ("r.example:5000/api", "r.example:5000/api"),
            ("r.example:5000/team/api:v1@sha256:abc", "r.example:5000/team/api"),
            ("api@sha256:abc", "api"),
        ] {
            assert_eq!(repository(image), expected);
        }
    }

    #[test]
    fn a_tag_is_a_letter_and_up_to_127_more() {
        let longest = "a".repeat(128);
        for tag in ["v1", "_", "2026-11-28", "a.b-c_D", &longest] {
            assert!(is_tag(tag), "{tag}");
        }
        let longer = longest.clone() + "a";
        for other in ["", "-a", ".a", "a/b", "a:b", "a b", "\u{e4}", &longer] {
            assert!(!is_tag(other), "{other}");
        }
    }

    fn deployment(image: &str) -> Value {
        json!({"kind": "Deployment", "spec": {"template": {"spec": {
            "initContainers": [{"name": "init", "image": "tools:1"}],
            "containers": [{"name": "api", "image": image}, {"name": "side", "image": "proxy:2"}],
        }}}})
    }

    #[test]
    fn an_image_is_put_where_its_name_stands_and_nowhere_else() {
        let given = BTreeMap::from([
            ("api".to_owned(), "r.example/team/api@sha256:new".to_owned()),
            ("other".to_owned(), "other:2".to_owned()),
        ]);
        let mut bound = BTreeMap::new();
        for image in ["api:v1", "r.example/team/api@sha256:old", "api"] {
            let mut object = deployment(image);
            bind(&mut object, &given, &mut bound);
            assert_eq!(object, deployment("r.example/team/api@sha256:new"));
        }
        let mut another = deployment("apis:v1");
        bind(&mut another, &given, &mut bound);
        assert_eq!(another, deployment("apis:v1"));
        assert_eq!(bound.keys().collect::<Vec<_>>(), ["api"], "the other one is nowhere");
    }

    #[test]
    fn of_several_the_first_that_has_one_counts_by_whatever_name() {
        let map = |name: &str, image: &str| BTreeMap::from([(name.to_owned(), image.to_owned())]);
        let (first, second) = (map("api", "api:first"), map("r.example/team/api", "api:second"));
        for (order, expected) in [([&first, &second], "api:first"), ([&second, &first], "api:second")] {
            let (mut object, mut bound) = (deployment("r.example/team/api:v1"), BTreeMap::new());
            bind_first(&mut object, &order, &mut bound);
            assert_eq!(object, deployment(expected));
            assert_eq!(bound.len(), 1, "{bound:?}");
        }
    }

    #[test]
    fn every_kind_that_has_pods_is_looked_at() {
        let given = BTreeMap::from([("api".to_owned(), "api:2".to_owned())]);
        let spec = json!({"containers": [{"name": "api", "image": "api:1"}]});
        for mut object in [
            json!({"kind": "Pod", "spec": spec}),
            json!({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}),
            json!({"kind": "Job", "spec": {"template": {"spec": spec}}}),
        ] {
            bind(&mut object, &given, &mut BTreeMap::new());
            assert_eq!(images(&object), [("api".to_owned(), "api:2".to_owned())]);
        }
        assert_eq!(images(&json!({"kind": "Service", "spec": {}})), []);
    }
}
