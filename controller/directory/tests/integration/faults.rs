//! What stays in force when a file breaks.

use crate::support::{Watched, names, problems, service, until_that};

#[tokio::test]
async fn a_broken_file_keeps_its_last_good_objects_until_it_is_mended() {
    let mut watched =
        Watched::with(&[("a.yaml", &service("a", "ClusterIP")), ("b.yaml", &service("b", "ClusterIP"))]);
    watched.write("a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a\n");
    let broken = until_that(&mut watched.directory, |s| !s.problems.is_empty(), "a problem").await;
    assert_eq!(names(&broken), ["a:ClusterIP", "b:ClusterIP"]);
    let expected = format!(
        "{}:4:1: not valid YAML: expected `,` or `}}`\n   \
         Nothing of this document is used.  The last good Service default/a stays in force.",
        watched.path("a.yaml").display()
    );
    assert_eq!(problems(&broken), [expected]);
    // Another file is served meanwhile.
    watched.write("b.yaml", &service("b", "NodePort"));
    watched.until(&["a:ClusterIP", "b:NodePort"]).await;
    watched.write("a.yaml", &service("a", "NodePort"));
    let mended = watched.until(&["a:NodePort", "b:NodePort"]).await;
    assert_eq!(problems(&mended), [""; 0]);
}

/// A Service to which a line of its spec can be added.
const SPREAD: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec:\n  type: KIND\n";

#[tokio::test]
async fn only_the_broken_object_of_a_file_keeps_its_last_good_form() {
    let both = |kind: &str, ports: &str| {
        format!("{}---\n{}  ports: {ports}\n", service("a", kind), SPREAD.replace("KIND", kind))
    };
    let mut watched = Watched::with(&[("m.yaml", &both("ClusterIP", "[{port: 80}]"))]);
    assert_eq!(names(&watched.directory.read()), ["a:ClusterIP", "b:ClusterIP"]);
    watched.write("m.yaml", &both("NodePort", "80"));
    let broken = watched.until(&["a:NodePort", "b:ClusterIP"]).await;
    let expected = format!(
        "{}:11: spec.ports: 80 (a number), expected a list\n   The last good Service default/b stays in force.",
        watched.path("m.yaml").display()
    );
    assert_eq!(problems(&broken), [expected]);
}

#[tokio::test]
async fn an_object_that_a_good_file_no_longer_holds_is_gone() {
    let two = format!("{}---\n{}", service("a", "ClusterIP"), service("b", "ClusterIP"));
    let mut watched = Watched::with(&[("m.yaml", &two)]);
    watched.write("m.yaml", &service("b", "ClusterIP"));
    watched.until(&["b:ClusterIP"]).await;
}

#[tokio::test]
async fn what_was_never_good_is_told_not_to_be_used() {
    let mut watched = Watched::with(&[(
        "a.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: 1}\n",
    )]);
    let snapshot = watched.directory.read();
    assert_eq!(names(&snapshot), [""; 0]);
    let file = watched.path("a.yaml").display().to_string();
    assert_eq!(
        problems(&snapshot),
        [format!("{file}:4: spec.ports: 1 (a number), expected a list\n   Service default/a is not used.")]
    );
}

#[tokio::test]
async fn an_emptied_or_unreadable_file_keeps_what_it_held() {
    let mut watched = Watched::with(&[("a.yaml", &service("a", "ClusterIP"))]);
    let file = watched.path("a.yaml").display().to_string();
    watched.write("a.yaml", "");
    let empty = until_that(&mut watched.directory, |s| !s.problems.is_empty(), "a problem").await;
    assert_eq!(names(&empty), ["a:ClusterIP"]);
    assert_eq!(
        problems(&empty),
        [format!("{file}: empty\n   The last good Service default/a stays in force.")]
    );
    std::fs::write(watched.path("a.yaml"), b"apiVersion: \xff").unwrap();
    let is_text = |s: &weir_directory::Snapshot| problems(s).iter().any(|p| p.contains("UTF-8"));
    let bytes = until_that(&mut watched.directory, is_text, "the bytes").await;
    assert_eq!(names(&bytes), ["a:ClusterIP"]);
    let expected =
        "not a text in UTF-8: byte 13 is no part of one\n   The last good Service default/a stays in force.";
    assert_eq!(problems(&bytes), [format!("{file}: {expected}")]);
    // A comment is a file that is meant to hold nothing.
    watched.write("a.yaml", "# nothing\n");
    let gone = watched.until(&[]).await;
    assert_eq!(problems(&gone), [""; 0]);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_even_read() {
    let mut watched = Watched::with(&[("a.yaml", &service("a", "ClusterIP"))]);
    let file = std::fs::File::options().write(true).open(watched.path("a.yaml")).unwrap();
    file.set_len(1 << 40).unwrap();
    let large = until_that(&mut watched.directory, |s| !s.problems.is_empty(), "a problem").await;
    assert_eq!(names(&large), ["a:ClusterIP"]);
    assert!(problems(&large)[0].contains("more than 4194304 bytes: cut it into several files"), "{large:?}");
}

#[tokio::test]
async fn a_file_that_can_no_longer_be_reached_keeps_what_it_held() {
    let mut watched = Watched::with(&[("sub/a.yaml", &service("a", "ClusterIP"))]);
    // A link to itself cannot be read by any user, so this holds for root too.
    std::os::unix::fs::symlink("a.yaml", watched.path("sub/loop")).unwrap();
    std::fs::rename(watched.path("sub/loop"), watched.path("sub/a.yaml")).unwrap();
    let looped = until_that(&mut watched.directory, |s| !s.problems.is_empty(), "a problem").await;
    assert_eq!(names(&looped), ["a:ClusterIP"]);
    let [told] = &problems(&looped)[..] else { panic!("{looped:?}") };
    let head = format!("{}: cannot be read: ", watched.path("sub/a.yaml").display());
    assert!(
        told.starts_with(&head) && told.ends_with("What was last read from there stays in force."),
        "{told}"
    );
    std::fs::remove_file(watched.path("sub/a.yaml")).unwrap();
    watched.until(&[]).await;
}
