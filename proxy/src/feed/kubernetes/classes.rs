//! Which Ingresses are ours.
//!
//! | an Ingress with | is ours if |
//! |---|---|
//! | `spec.ingressClassName` | the IngressClass of that name has one of our controllers |
//! | the annotation `kubernetes.io/ingress.class` | it says `weir`, or `nginx` where ingress-nginx's are claimed, or names such an IngressClass |
//! | neither | one of our IngressClasses is the default one, or `--ingress-without-class` is given |
//!
//! As in ingress-nginx the annotation counts before the field.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::{Ingress, IngressClass};

use crate::config::KubernetesArgs;

/// The controller of our IngressClasses.
const CONTROLLER: &str = "weir.dev/ingress-controller";
/// The annotation that chose a class before there were IngressClasses.
const LEGACY: &str = "kubernetes.io/ingress.class";
/// Marks the class of Ingresses that name none.
const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

/// The classes of Ingresses that are ours.
#[derive(Debug, Default)]
pub(super) struct Classes {
    controllers: Vec<String>,
    legacy: Vec<&'static str>,
    unclassed: bool,
    /// Our IngressClasses by name, and whether each is the default one.
    ours: BTreeMap<Arc<str>, bool>,
    /// Those that Ingresses were read for.
    settled: BTreeMap<Arc<str>, bool>,
}

impl Classes {
    pub(super) fn new(options: &KubernetesArgs) -> Self {
        let mut classes = Self {
            controllers: vec![CONTROLLER.to_owned()],
            legacy: vec!["weir"],
            unclassed: options.ingress_without_class,
            ..Self::default()
        };
        if options.claim_ingress_nginx {
            classes.controllers.push("k8s.io/ingress-nginx".to_owned());
            classes.legacy.push("nginx");
        }
        classes
    }

    /// An IngressClass is there, or gone.
    pub(super) fn set(&mut self, name: &Arc<str>, class: Option<&IngressClass>) {
        let controller = |class: &IngressClass| class.spec.as_ref()?.controller.clone();
        match class.filter(|class| controller(class).is_some_and(|c| self.controllers.contains(&c))) {
            Some(class) => {
                let annotation = class.metadata.annotations.as_ref().and_then(|a| a.get(DEFAULT));
                self.ours.insert(Arc::clone(name), annotation.is_some_and(|value| value == "true"));
            }
            None => drop(self.ours.remove(name)),
        }
    }

    /// From now on Ingresses are read for these classes. Whether they are other ones than before.
    pub(super) fn settle(&mut self) -> bool {
        let changed = self.settled != self.ours;
        self.settled.clone_from(&self.ours);
        changed
    }

    /// Whether an Ingress is ours.
    pub(super) fn are_ours(&self, ingress: &Ingress) -> bool {
        if let Some(class) = ingress.metadata.annotations.as_ref().and_then(|a| a.get(LEGACY)) {
            return self.legacy.contains(&class.as_str()) || self.settled.contains_key(class.as_str());
        }
        match ingress.spec.as_ref().and_then(|spec| spec.ingress_class_name.as_deref()) {
            Some(class) => self.settled.contains_key(class),
            None => self.unclassed || self.settled.values().any(|is_default| *is_default),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::{Arc, Classes, Ingress, IngressClass, KubernetesArgs};

    fn class(controller: &str, default: bool) -> IngressClass {
        let mut class = IngressClass::default();
        class.spec.get_or_insert_default().controller = Some(controller.to_owned());
        if default {
            let annotations = class.metadata.annotations.get_or_insert_default();
            annotations.insert(super::DEFAULT.to_owned(), "true".to_owned());
        }
        class
    }

    fn ingress(class: Option<&str>, annotation: Option<&str>) -> Ingress {
        let mut ingress = Ingress::default();
        ingress.spec.get_or_insert_default().ingress_class_name = class.map(str::to_owned);
        if let Some(annotation) = annotation {
            let annotations = ingress.metadata.annotations.get_or_insert_default();
            annotations.insert(super::LEGACY.to_owned(), annotation.to_owned());
        }
        ingress
    }

    fn classes(options: &KubernetesArgs, classes: &[(&str, IngressClass)]) -> Classes {
        let mut known = Classes::new(options);
        for (name, class) in classes {
            known.set(&Arc::from(*name), Some(class));
        }
        known.settle();
        known
    }

    #[test]
    fn the_field_the_annotation_and_the_default_class_choose() {
        let nginx = ("nginx", class("k8s.io/ingress-nginx", false));
        let ours = ("edge", class("weir.dev/ingress-controller", false));
        let default = ("edge", class("weir.dev/ingress-controller", true));
        let plain = KubernetesArgs::default();
        let claiming = KubernetesArgs { claim_ingress_nginx: true, ..plain.clone() };
        let unclassed = KubernetesArgs { ingress_without_class: true, ..plain.clone() };
        for (options, known, field, annotation, expected) in [
            (&plain, &[ours.clone(), nginx.clone()][..], Some("edge"), None, true),
            (&plain, &[ours.clone(), nginx.clone()], Some("nginx"), None, false),
            (&plain, from_ref(&ours), Some("weir"), None, false),
            (&plain, from_ref(&ours), None, Some("weir"), true),
            (&plain, from_ref(&ours), None, Some("edge"), true),
            (&plain, from_ref(&ours), Some("edge"), Some("nginx"), false),
            (&plain, from_ref(&ours), None, None, false),
            (&plain, from_ref(&default), None, None, true),
            (&unclassed, &[], None, None, true),
            (&claiming, from_ref(&nginx), Some("nginx"), None, true),
            (&claiming, &[], Some("nginx"), None, false),
            (&claiming, &[], None, Some("nginx"), true),
        ] {
            let known = classes(options, known);
            let ingress = ingress(field, annotation);
            assert_eq!(known.are_ours(&ingress), expected, "{field:?} {annotation:?} with {known:?}");
        }
    }

    #[test]
    fn other_classes_mean_reading_again() {
        let mut known = classes(&KubernetesArgs::default(), &[]);
        assert!(!known.settle());
        known.set(&"other".into(), Some(&class("k8s.io/ingress-nginx", false)));
        assert!(!known.settle(), "not ours");
        known.set(&"edge".into(), Some(&class("weir.dev/ingress-controller", false)));
        assert!(known.settle());
        known.set(&"edge".into(), None);
        assert!(known.settle());
    }
}
