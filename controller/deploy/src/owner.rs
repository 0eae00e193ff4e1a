//! Who applied an object, as its labels and annotations say: so that what a later run no longer has can be found and removed, and nothing else is.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use serde_json::{Map, Value};

/// Label: which stage of which pipeline applied the object.
pub const DEPLOYED_BY: &str = "weir.dev/deployed-by";
/// Annotation: the run that applied it last.
pub const RUN: &str = "weir.dev/run";
/// Longest value of a label.
const LONGEST: usize = 63;
/// What is kept of one that is longer, beside its hash.
const KEPT: usize = 46;

/// The value of [`DEPLOYED_BY`].
#[must_use]
pub fn label(pipeline: &str, stage: &str) -> String {
    let whole = format!("{pipeline}.{stage}");
    let fits =
        |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' };
    let label: String = whole.chars().map(fits).collect();
    let ends = |label: &str| label.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()).to_owned();
    if label == whole && label.len() <= LONGEST && ends(&label) == label {
        return label;
    }
    let mut hasher = SipHasher13::new();
    hasher.write(whole.as_bytes());
    let kept: String = label.chars().take(KEPT).collect();
    ends(&format!("{}-{:016x}", ends(&kept), hasher.finish()))
}

/// Says in an object who applies it.
pub fn mark(object: &mut Value, label: &str, run: &str) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    for (field, key, value) in [("labels", DEPLOYED_BY, label), ("annotations", RUN, run)] {
        let of_it = metadata.entry(field).or_insert(Value::Null);
        if of_it.is_null() {
            *of_it = Value::Object(Map::new());
        }
        if let Some(of_it) = of_it.as_object_mut() {
            of_it.insert(key.to_owned(), Value::from(value));
        }
    }
}

/// Whether an object says that this stage applied it.
#[must_use]
pub fn is_marked(object: &Value, label: &str) -> bool {
    let labels = object.pointer("/metadata/labels").and_then(Value::as_object);
    labels.and_then(|labels| labels.get(DEPLOYED_BY)).and_then(Value::as_str) == Some(label)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_marked, label, mark};

    #[test]
    fn a_label_is_one_that_kubernetes_takes_and_tells_stages_apart() {
        assert_eq!(label("shop", "deploy-homolog"), "shop.deploy-homolog");
        let long = "a".repeat(70);
        let labels = [
            label("shop", &long),
            label("shop", &format!("{long}b")),
            label("shop", "ä"),
            label("shop", "ö"),
        ];
        for (index, one) in labels.iter().enumerate() {
            assert!(one.len() <= 63 && !labels[..index].contains(one), "{one}");
            assert!(one.starts_with("shop.") || one.starts_with("shop-"), "{one}");
            assert!(
                one.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter)),
                "{one}"
            );
        }
        assert_eq!(label("shop", "ä"), "shop-239a80a20a2fbafb");
    }

    #[test]
    fn what_an_object_says_already_stays() {
        let mut object = json!({"metadata": {"labels": {"app": "a"}, "annotations": null}});
        mark(&mut object, "shop.deploy", "shop-3");
        assert_eq!(
            object["metadata"],
            json!({"labels": {"app": "a", "weir.dev/deployed-by": "shop.deploy"}, "annotations": {"weir.dev/run": "shop-3"}})
        );
        assert!(is_marked(&object, "shop.deploy") && !is_marked(&object, "shop.other"));
    }
}
