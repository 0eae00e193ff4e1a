//! An Ingress from its creation to its end, by host and path, beside a route that nobody touches.

use crate::case::Case;
use crate::load::{Load, answered_by};

#[test]
fn a_route_comes_changes_and_goes_on_every_proxy_and_no_other_request_fails() {
    let Some(case) = Case::begin("routes") else { return };
    case.upstreams(&[("one", 2), ("two", 1)]);
    case.apply(&[case.ingress("steady", "/steady", "one")]);
    case.everywhere("/steady", "one");
    let load = Load::start(&case, &["/steady"]);

    case.everywhere("/cart", "404");
    case.apply(&[case.ingress("shop", "/cart", "one")]);
    case.everywhere("/cart", "one");
    case.everywhere("/cart/items", "one");
    case.everywhere("/cartoon", "404");
    assert_eq!(case.answered_by("other.test", "/cart"), "404");

    case.apply(&[case.ingress("shop", "/cart", "two")]);
    case.everywhere("/cart", "two");
    case.kubectl(&["delete", "ingress", "shop"]);
    case.everywhere("/cart", "404");

    let report = load.stop(&case, "the route beside it");
    assert_eq!(answered_by(&report, "one"), report.results.completed);
}
