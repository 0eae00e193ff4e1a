//! Lines of fields.

use weir_stages::{lines, read};

const TEXT: &str = r#"# A comment.
apiVersion: weir.dev/v1alpha1
kind: Pipeline
metadata: {name: shop}
spec:
  windows:
    "working hours": {}
    a.b: {days: [monday]}
  stages:
  - name: First
    step:
      run: |
        a
        b
      services:
        - name: mongo
          ready:
            tcp: 1
        - {name: cache,
           run: redis}
  - name: Second
    wait: 5s
---
apiVersion: weir.dev/v1alpha1
spec: &shared {a: [b, [c, d]]}
also: *shared
last: yes
"#;

#[test]
fn each_field_is_found_where_it_stands() {
    for (path, line) in [
        ("apiVersion", 2),
        ("metadata.name", 4),
        ("spec", 5),
        ("spec.stages", 9),
        ("spec.stages[0]", 10),
        ("spec.stages[0].step.run", 12),
        ("spec.stages[0].step.services[0].ready.tcp", 18),
        ("spec.stages[0].step.services[1]", 19),
        ("spec.stages[0].step.services[1].run", 20),
        ("spec.stages[1].wait", 22),
        ("spec.windows[\"working hours\"]", 7),
        ("spec.windows.working hours", 7),
        ("spec.windows[\"a.b\"].days[0]", 8),
        ("spec.windows.a.b.days", 8),
        ("documents[0].spec.stages[1].wait", 22),
        ("documents[1].spec.a[1][0]", 25),
        ("documents[1].also.a", 26),
        ("documents[1].last", 27),
    ] {
        assert_eq!(lines::of(TEXT, path), Some(line), "{path}");
    }
}

#[test]
fn of_what_is_not_there_it_is_the_line_of_what_it_should_stand_in() {
    for (path, line) in [
        ("spec.stages[1].onFailure", Some(21)),
        ("spec.stages[7]", Some(9)),
        ("spec.stages[0].name.first", Some(10)),
        ("documents[1].kind", Some(24)),
        ("template nodejs-api.stages[0]", Some(2)),
        ("spec.stages nodejs-api.stages[0]", Some(9)),
        ("", Some(2)),
        ("documents[2].kind", None),
    ] {
        assert_eq!(lines::of(TEXT, path), line, "{path}");
    }
    assert_eq!(lines::of("", "a"), None);
    assert_eq!(lines::of("a: 1\nb: [c\n", "b"), Some(2), "as far as it is YAML");
}

#[test]
fn every_problem_has_a_line() {
    let text = TEXT.split("---").next().unwrap().replace("tcp: 1", "tcp: x").replace("5s", "5 parsecs");
    let (_, problems) = read(&text);
    let mut lines: Vec<_> = problems.iter().map(|problem| lines::of(&text, &problem.path).unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, [16, 18, 22], "{problems:?}");
}

#[test]
fn depth_costs_nothing() {
    let deep = format!("a: {}{}\nb: 1\n", "[".repeat(200), "]".repeat(200));
    assert_eq!(lines::of(&deep, "b"), Some(2));
    assert_eq!(lines::of(&deep, "a[0][0][0]"), Some(1));
}
