//! Compiling a change gives what compiling everything gives, and costs what the change costs.

use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

use weir_routing::{Changes, Compiler, Objects, Options, Rejection, Route, Table, compile};

use crate::objects::{World, get, rule};

/// One change of one object; what it sets is drawn from few values, so that objects meet.
#[derive(Clone, Debug)]
enum Step {
    Ingress { name: u8, host: u8, path: u8, kind: u8, service: u8, age: u8, fault: u8 },
    NoIngress(u8),
    Service { name: u8, canary: u8, weight: u8, fault: u8 },
    NoService(u8),
    Endpoints { service: u8, count: u8 },
    Canary { name: u8, service: u8, canary: u8, weight: u8 },
    NoCanary(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let few = || 0..4u8;
    prop::strategy::Union::new([
        (few(), few(), few(), few(), few(), few(), 0..20u8)
            .prop_map(|(name, host, path, kind, service, age, fault)| Step::Ingress {
                name,
                host,
                path,
                kind,
                service,
                age,
                fault,
            })
            .boxed(),
        few().prop_map(Step::NoIngress).boxed(),
        (few(), few(), few(), 0..6u8)
            .prop_map(|(name, canary, weight, fault)| Step::Service { name, canary, weight, fault })
            .boxed(),
        few().prop_map(Step::NoService).boxed(),
        (few(), few()).prop_map(|(service, count)| Step::Endpoints { service, count }).boxed(),
        (few(), few(), few(), few())
            .prop_map(|(name, service, canary, weight)| Step::Canary { name, service, canary, weight })
            .boxed(),
        few().prop_map(Step::NoCanary).boxed(),
    ])
}

/// Objects by kind and name.
#[derive(Clone, Default)]
struct Cluster(BTreeMap<(&'static str, u8), World>);

impl Cluster {
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Ingress { name, .. } => drop(self.0.insert(("ingress", *name), ingress(step))),
            Step::Service { name, .. } => drop(self.0.insert(("service", *name), service(step))),
            Step::Endpoints { service, count } => {
                let (service, count) = (*service, *count);
                let mut world = World::default().service(&format!("s{service}"), count);
                world.objects.services.clear();
                self.0.insert(("slice", service), world);
            }
            Step::Canary { name, .. } => drop(self.0.insert(("canary", *name), canary(step))),
            Step::NoIngress(name) => drop(self.0.remove(&("ingress", *name))),
            Step::NoService(name) => drop(self.0.remove(&("service", *name))),
            Step::NoCanary(name) => drop(self.0.remove(&("canary", *name))),
        }
    }

    fn objects(&self) -> Objects {
        let mut all = Objects::default();
        for World { objects } in self.0.values() {
            all.ingresses.extend(objects.ingresses.iter().cloned());
            all.services.extend(objects.services.iter().cloned());
            all.endpoint_slices.extend(objects.endpoint_slices.iter().cloned());
            all.canaries.extend(objects.canaries.iter().cloned());
            all.statuses.extend(objects.statuses.clone());
        }
        all
    }
}

fn ingress(step: &Step) -> World {
    let Step::Ingress { name, host, path, kind, service, age, fault } = *step else {
        return World::default();
    };

    let host = ["", "h", "*.h", "x.h"][usize::from(host)];
    let path = ["/", "/a", "/a/b", "/b/"][usize::from(path)];
    let kind = ["Prefix", "Exact", "ImplementationSpecific", "Prefix"][usize::from(kind)];
    let mut spec = rule(host, kind, path, &format!("s{service}"));
    spec["rules"]
        .as_array_mut()
        .unwrap()
        .extend(rule("h", "Prefix", &format!("/n{name}"), "s0")["rules"].as_array().unwrap().clone());
    let nginx = |annotations: &[(&str, &str)]| -> Value {
        let named =
            |(name, value): &(&str, &str)| (format!("nginx.ingress.kubernetes.io/{name}"), json!(value));
        annotations.iter().map(named).collect::<serde_json::Map<String, Value>>().into()
    };
    let mut annotations = json!({});
    match fault {
        0 => spec["rules"][0]["http"]["paths"][0]["path"] = json!("no slash"),
        1 => spec["rules"][0]["host"] = json!("a:80"),
        2 => annotations = nginx(&[("use-regex", "true")]),
        3 => annotations = nginx(&[("auth-snippet", "allow all;")]),
        4 => {
            spec["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"] = json!({ "number": 81 });
        }
        5 => {
            spec["defaultBackend"] = json!({ "service": { "name": "s1", "port": { "number": 80 } } });
        }
        6 => annotations = nginx(&[("rewrite-target", "/b")]),
        7 => annotations = nginx(&[("rewrite-target", "/$host")]),
        8 => annotations = nginx(&[("server-alias", "x.h,z.h,q,~^[a-c]$,~z")]),
        9 => annotations = nginx(&[("app-root", "/a"), ("server-alias", "q,~z")]),
        10 => annotations = nginx(&[("from-to-www-redirect", "true")]),
        11 => spec["tls"] = json!([{ "secretName": "some" }]),
        12 => annotations = nginx(&[("canary", "true"), ("canary-weight", "50")]),
        13 => annotations = nginx(&[("canary", "true"), ("canary-by-header", "x"), ("use-regex", "true")]),
        14 => annotations = nginx(&[("default-backend", "s1"), ("custom-http-errors", "404")]),
        15 => annotations = nginx(&[("permanent-redirect", "https://h/"), ("force-ssl-redirect", "true")]),
        _ => {}
    }
    let created = (age > 0).then(|| format!("2026-01-0{age}T00:00:00Z"));
    let name_text = format!("i{name}");
    World::default().ingress_with(&name_text, &spec, &annotations, created.as_deref())
}

fn service(step: &Step) -> World {
    let Step::Service { name, canary, weight, fault } = *step else { return World::default() };

    let mut annotations = json!({});
    if canary > 0 {
        annotations = json!({
            "weir.dev/canary-service": format!("s{canary}"), "weir.dev/canary-weight": format!("{weight}"),
            "weir.dev/sticky": "cookie",
        });
    }
    match fault {
        0 => annotations["weir.dev/canary-weight"] = json!("many"),
        1 => annotations["weir.dev/sticky"] = json!("?"),
        _ => {}
    }
    let mut world = World::default().service_with(&format!("s{name}"), 0, &annotations, &json!({}));
    world.objects.endpoint_slices.clear();
    if fault == 2 {
        world.objects.services[0].spec.as_mut().unwrap().ports.as_mut().unwrap()[0].port = 8000;
    }
    world
}

fn canary(step: &Step) -> World {
    let Step::Canary { name, service, canary, weight } = *step else { return World::default() };

    let weight = [0.0_f64, 5.0, 50.0, 101.0][usize::from(weight)];
    let baseline = (weight > 100.0).then(|| json!({ "service": "s3", "revision": "v1", "weight": 60.0 }));
    let split = json!({
        "epoch": u8::from(weight > 0.0) + name, "stableRevision": "v1", "baseline": baseline,
        "canary": { "service": format!("s{canary}"), "revision": "v2", "weight": weight.min(60.0) },
    });
    let status = json!({ "epoch": name, "split": (weight > 0.0).then_some(split) });
    World::default().canary(&format!("c{name}"), &format!("s{service}"), &status)
}

/// Id and kind of a route.
type Key = (String, &'static str);

/// Everything but the places, by id and kind.
fn content(table: &Table) -> (BTreeMap<Key, Route>, Vec<(String, u64)>) {
    let route = |route: &Arc<Route>| {
        let key = (route.id.to_string(), route.matches.kind.as_str());
        (key, Route { index: 0, uid: 0, ..Route::clone(route) })
    };
    let epochs = table.epochs().iter().map(|(key, epoch)| (key.to_string(), *epoch)).collect();
    (table.routes().iter().map(route).collect(), epochs)
}

fn sequence() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..4), 1..24)
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(512))]

    #[test]
    fn a_change_gives_what_everything_gives(steps in sequence()) {
        let (mut cluster, mut before) = (Cluster::default(), Objects::default());
        let mut compiler = Compiler::default();
        let mut whole = Table::default();
        for steps in steps {
            for step in &steps {
                cluster.apply(step);
            }
            let now = cluster.objects();
            let (table, rejections) = compiler.apply(&Changes::between(&before, &now, &Options::default()));
            let last = std::mem::take(&mut whole);
            let expected: Vec<Rejection>;
            (whole, expected) = compile(&now, &Options::default(), Some(&last));
            prop_assert_eq!(content(&table), content(&whole));
            prop_assert_eq!(rejections, expected);
            prop_assert_eq!(table.generation(), whole.generation());
            for host in ["h", "x.h", "y.h", "q", "z.h", "www.h", "www.x.h"] {
                for path in ["/", "/a", "/a/b", "/ab", "/n1/x", "/b/", "/b", "/A"] {
                    let head = get(host, path);
                    prop_assert_eq!(table.find(&head).map(|r| &*r.id), whole.find(&head).map(|r| &*r.id), "{}{}", host, path);
                }
            }
            for route in table.routes() {
                prop_assert!(table.routes().get(route.index).is_some_and(|there| Arc::ptr_eq(there, route)));
            }
            before = now;
        }
    }

    /// What state is kept by.
    #[test]
    fn a_route_keeps_its_place_and_number_while_it_lives_and_nobody_has_them_after_it(steps in sequence()) {
        let (mut cluster, mut table) = (Cluster::default(), Table::default());
        let mut numbers = std::collections::HashSet::new();
        for steps in steps {
            for step in &steps {
                cluster.apply(step);
            }
            let (next, _) = compile(&cluster.objects(), &Options::default(), Some(&table));
            let key = |route: &Arc<Route>| (route.id.to_string(), route.matches.kind);
            let before: BTreeMap<_, _> = table.routes().iter().map(|route| (key(route), route)).collect();
            for route in next.routes() {
                if let Some(before) = before.get(&key(route)) {
                    prop_assert_eq!((before.index, before.uid), (route.index, route.uid));
                    prop_assert_eq!(***before == **route, Arc::ptr_eq(before, route), "the same object if nothing changed");
                } else {
                    prop_assert!(numbers.insert(route.uid));
                }
            }
            table = next;
        }
    }
}

/// An Ingress that is spoilt keeps its route of a place that nobody has; then an app-root stands in there, and goes before it.
#[test]
fn what_is_kept_of_a_spoilt_ingress_gives_way_to_a_stand_in() {
    let ingress =
        |name, host, kind, fault| Step::Ingress { name, host, path: 0, kind, service: 0, age: 0, fault };
    let (mut cluster, mut before) = (Cluster::default(), Objects::default());
    let (mut compiler, mut whole) = (Compiler::default(), Table::default());
    for step in [ingress(3, 1, 1, 2), ingress(3, 0, 0, 0), ingress(0, 0, 0, 9)] {
        cluster.apply(&step);
        let now = cluster.objects();
        let (table, _) = compiler.apply(&Changes::between(&before, &now, &Options::default()));
        (whole, _) = compile(&now, &Options::default(), Some(&whole));
        assert_eq!(content(&table), content(&whole));
        before = now;
    }
    let root = get("h", "/");
    assert_eq!(whole.find(&root).map(|route| &*route.id), Some("shop/i0/h=/"));
}

/// `count` hosts with a Service and an Ingress each.
fn many(count: usize, endpoints: u8) -> Objects {
    let mut world = World::default();
    for index in 0..count {
        let name = format!("s{index}");
        world = world
            .service(&name, endpoints)
            .ingress(&name, &rule(&format!("h{index}.example"), "Prefix", "/", &name));
    }
    world.objects
}

/// Counted, not timed: what a change allocates for ten times the routes.
#[test]
fn a_change_costs_the_same_for_a_thousand_routes_and_for_ten_thousand() {
    let cost = |count: usize| {
        let objects = many(count, 2);
        let mut compiler = Compiler::default();
        let options = Options::default();
        let (first, _) = compiler.apply(&Changes::between(&Objects::default(), &objects, &options));
        let mut other = objects.clone();
        let value: Value = json!({ "number": 80 });
        other.endpoint_slices[count / 2].endpoints.pop();
        other.ingresses[count / 3] = serde_json::from_value(json!({
            "metadata": { "name": format!("s{}", count / 3), "namespace": "shop" },
            "spec": { "rules": [{ "host": "new.example", "http": { "paths": [{ "path": "/", "pathType": "Prefix",
                "backend": { "service": { "name": "s1", "port": value } } }] } }] },
        }))
        .unwrap();
        let changes = Changes::between(&objects, &other, &options);
        let mut next = None;
        let counted = allocation_counter::measure(|| next = Some(compiler.apply(&changes).0));
        let next = next.unwrap();
        assert_eq!(next.routes().changes(first.routes()).count(), 2);
        counted.count_total
    };
    let (thousand, ten_thousand) = (cost(1_000), cost(10_000));
    assert!(thousand < 300, "{thousand} allocations");
    assert!(ten_thousand < thousand + thousand / 2, "{ten_thousand} allocations after {thousand}");
}

/// The figures of `DESIGN.md`, with room for another allocator.
#[test]
fn a_route_and_an_endpoint_take_little_memory() {
    const ROUTES: u64 = 10_000;
    let bytes = |endpoints: u8| {
        let objects = many(usize::try_from(ROUTES).unwrap(), endpoints);
        let mut kept = None;
        let table =
            allocation_counter::measure(|| kept = Some(compile(&objects, &Options::default(), None).0));
        let nothing = Objects::default();
        let compiler = allocation_counter::measure(|| {
            let mut compiler = Compiler::default();
            drop(compiler.apply(&Changes::between(&nothing, &objects, &Options::default())));
            std::mem::forget(compiler);
        });
        let per_route = |bytes: i64| bytes / 10_000;
        (per_route(table.bytes_current), per_route(compiler.bytes_current), compiler.count_total / ROUTES)
    };
    let (two, ten) = (bytes(2), bytes(10));
    let per_endpoint = |two: i64, ten: i64| (ten - two) / 8;
    println!("per route: table {}, with compiler {}, {} allocations", two.0, two.1, two.2);
    println!(
        "per endpoint: table {}, with compiler {}",
        per_endpoint(two.0, ten.0),
        per_endpoint(two.1, ten.1)
    );
    assert!(two.0 < 1_500 && two.1 < 4_500, "{two:?}");
    assert!(per_endpoint(two.0, ten.0) <= 40 && per_endpoint(two.1, ten.1) <= 80, "{two:?}, {ten:?}");
}
