//! The Canary of a Service that has none yet. Pure.

use anyhow::Result;
use serde_json::{Value, json};
use weir_api::{Canary, Share};

use super::target::Target;

/// Shares of a release that nobody gave steps for, in percent.
const DEFAULT: [u16; 4] = [5, 25, 50, 100];

/// The same as shares.
pub(super) fn default() -> Vec<Share> {
    DEFAULT.iter().filter_map(|percent| Share::from_basis_points(percent * 100)).collect()
}

/// Each share until the canary is shown to be no worse. At 100 % there is nothing left to compare it with.
pub(super) fn steps(shares: &[Share]) -> Value {
    let of = |share: &Share| {
        let weight = json!({"setWeight": share});
        if *share == Share::FULL { vec![weight] } else { vec![weight, json!({"analysis": {}})] }
    };
    shares.iter().flat_map(of).collect()
}

/// A Canary that releases an image to a target, called as its Service.
pub(super) fn new(target: &Target, steps: &Value, image: &str, name: Option<&str>) -> Result<Canary> {
    let release = match name {
        Some(name) => json!({"image": image, "name": name}),
        None => json!({"image": image}),
    };
    Ok(serde_json::from_value(json!({
        "apiVersion": "weir.dev/v1alpha1",
        "kind": "Canary",
        "metadata": {"name": target.service},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target.deployment},
            "service": target.service,
            "strategy": {"canary": {"steps": steps}},
            "release": release,
        },
    }))?)
}
