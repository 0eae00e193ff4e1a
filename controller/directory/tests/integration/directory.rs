//! What is read, and what each kind of change does.

use std::os::unix::fs::symlink;

use tempfile::TempDir;
use weir_directory::{Directory, DirectoryError, Root};

use crate::support::{SIGNS_ONLY, Watched, names, problems, service, until, until_that, write};

#[tokio::test]
async fn files_are_read_by_their_names_in_order_and_hidden_ones_are_not() {
    let one = |name: &str| service(name, "ClusterIP");
    let mut watched = Watched::with(&[
        ("b.yaml", &one("b")),
        ("a.yml", &one("a")),
        ("sub/deep/c.json", r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "c"}}"#),
        (".hidden.yaml", &one("hidden")),
        (".git/d.yaml", &one("git")),
        ("e.yaml~", &one("backup")),
        ("#f.yaml#", &one("emacs")),
        ("#g.yaml", &one("emacs")),
        ("h.yaml.swp", &one("vim")),
        ("kustomization.yaml", "resources: [a.yml]"),
        ("README.md", "text"),
    ]);
    let snapshot = watched.directory.read();
    assert_eq!(names(&snapshot), ["a:ClusterIP", "b:ClusterIP", "c:-"]);
    assert_eq!(problems(&snapshot), [""; 0]);
}

#[tokio::test]
async fn an_edit_a_new_file_a_replacement_and_a_removal_are_seen() {
    let mut watched = Watched::with(&[("a.yaml", &service("a", "ClusterIP"))]);
    assert_eq!(names(&watched.directory.read()), ["a:ClusterIP"]);
    watched.write("a.yaml", &service("a", "NodePort"));
    watched.until(&["a:NodePort"]).await;
    watched.write("new/b.yaml", &service("b", "ClusterIP"));
    watched.until(&["a:NodePort", "b:ClusterIP"]).await;
    // As editors save: a file beside it, renamed over it.
    watched.write(".a.yaml.tmp", &service("a", "LoadBalancer"));
    std::fs::rename(watched.path(".a.yaml.tmp"), watched.path("a.yaml")).unwrap();
    watched.until(&["a:LoadBalancer", "b:ClusterIP"]).await;
    watched.write("new/b.yaml", &service("b", "NodePort"));
    watched.until(&["a:LoadBalancer", "b:NodePort"]).await;
    std::fs::remove_file(watched.path("a.yaml")).unwrap();
    watched.until(&["b:NodePort"]).await;
    std::fs::remove_dir_all(watched.path("new")).unwrap();
    watched.until(&[]).await;
}

#[tokio::test]
async fn a_mounted_config_map_is_swapped_as_a_whole() {
    let mut watched = Watched::with(&[
        ("..2026_1/a.yaml", &service("a", "ClusterIP")),
        ("..2026_1/b.yaml", &service("b", "ClusterIP")),
        ("..2026_2/a.yaml", &service("a", "NodePort")),
        ("..2026_2/b.yaml", &service("b", "NodePort")),
    ]);
    symlink("..2026_1", watched.path("..data")).unwrap();
    symlink("..data/a.yaml", watched.path("a.yaml")).unwrap();
    symlink("..data/b.yaml", watched.path("b.yaml")).unwrap();
    watched.until(&["a:ClusterIP", "b:ClusterIP"]).await;
    symlink("..2026_2", watched.path("..data_tmp")).unwrap();
    std::fs::rename(watched.path("..data_tmp"), watched.path("..data")).unwrap();
    std::fs::remove_dir_all(watched.path("..2026_1")).unwrap();
    watched.until(&["a:NodePort", "b:NodePort"]).await;
}

#[tokio::test]
async fn a_root_that_appears_later_is_watched_from_then_on() {
    let temp = TempDir::new().unwrap();
    let late = temp.path().join("state/objects");
    let mut directory = Directory::open_roots(vec![Root::optional(&late)], SIGNS_ONLY).unwrap();
    assert_eq!(directory.read().objects, []);
    write(&late.join("a.yaml"), &service("a", "ClusterIP"));
    until(&mut directory, &["a:ClusterIP"]).await;
    write(&late.join("a.yaml"), &service("a", "NodePort"));
    until(&mut directory, &["a:NodePort"]).await;
}

#[tokio::test]
async fn a_root_that_is_replaced_as_a_whole_is_watched_on() {
    let temp = TempDir::new().unwrap();
    let (root, next) = (temp.path().join("root"), temp.path().join("next"));
    write(&root.join("a.yaml"), &service("a", "ClusterIP"));
    write(&next.join("b.yaml"), &service("b", "ClusterIP"));
    let mut directory = Directory::open_roots(vec![Root::required(&root)], SIGNS_ONLY).unwrap();
    std::fs::rename(&root, temp.path().join("old")).unwrap();
    std::fs::rename(&next, &root).unwrap();
    until(&mut directory, &["b:ClusterIP"]).await;
    write(&root.join("b.yaml"), &service("b", "NodePort"));
    until(&mut directory, &["b:NodePort"]).await;
}

#[tokio::test]
async fn a_required_root_that_goes_keeps_what_it_held_until_it_is_back() {
    let temp = TempDir::new().unwrap();
    let (root, away) = (temp.path().join("root"), temp.path().join("away"));
    write(&root.join("a.yaml"), &service("a", "ClusterIP"));
    let mut directory = Directory::open_roots(vec![Root::required(&root)], SIGNS_ONLY).unwrap();
    std::fs::rename(&root, &away).unwrap();
    let gone = until_that(&mut directory, |snapshot| !snapshot.problems.is_empty(), "a problem").await;
    assert_eq!(names(&gone), ["a:ClusterIP"]);
    let expected = "cannot be read: it is not there\n   What was last read from there stays in force.";
    assert_eq!(problems(&gone), [format!("{}: {expected}", root.display())]);
    std::fs::rename(&away, &root).unwrap();
    let back = until_that(&mut directory, |snapshot| snapshot.problems.is_empty(), "no problem").await;
    assert_eq!(names(&back), ["a:ClusterIP"]);
    std::fs::remove_file(root.join("a.yaml")).unwrap();
    until(&mut directory, &[]).await;
}

#[test]
fn a_required_root_that_is_missing_or_no_directory_is_an_error_with_its_path() {
    let temp = TempDir::new().unwrap();
    let missing = temp.path().join("manifests");
    let error = Directory::open(vec![missing.clone()]).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("{}: cannot be read as a directory of manifests: it is not there", missing.display())
    );
    std::fs::write(&missing, "a file").unwrap();
    let error = Directory::open(vec![missing.clone()]).unwrap_err().to_string();
    let expected = "cannot be read as a directory of manifests: a part of the path is not a directory";
    assert_eq!(error, format!("{}: {expected}", missing.display()));
    assert!(matches!(Directory::open(Vec::new()), Err(DirectoryError::NoRoot)));
}

#[tokio::test]
async fn an_object_in_two_files_is_told_with_both_places_and_the_first_is_used() {
    let mut watched = Watched::with(&[
        ("a.yaml", &format!("# head\n{}", service("a", "ClusterIP"))),
        ("b.yaml", &service("a", "NodePort")),
    ]);
    let snapshot = watched.directory.read();
    assert_eq!(names(&snapshot), ["a:ClusterIP"]);
    let (a, b) = (watched.path("a.yaml").display().to_string(), watched.path("b.yaml").display().to_string());
    let expected = format!(
        "{b}:3: metadata.name: Service default/a is there already, in {a}:2\n   \
         The one in {a}:2 is used: remove or rename one of the two."
    );
    assert_eq!(problems(&snapshot), [expected]);
    std::fs::remove_file(watched.path("a.yaml")).unwrap();
    let snapshot = watched.until(&["a:NodePort"]).await;
    assert_eq!(problems(&snapshot), [""; 0]);
}

#[tokio::test]
async fn roots_come_in_their_order_and_one_inside_another_is_read_once() {
    let temp = TempDir::new().unwrap();
    write(&temp.path().join("z/a.yaml"), &service("a", "ClusterIP"));
    write(&temp.path().join("b/b.yaml"), &service("b", "ClusterIP"));
    let roots = vec![temp.path().join("z"), temp.path().to_owned()];
    let snapshot = Directory::open(roots).unwrap().read();
    assert_eq!(names(&snapshot), ["a:ClusterIP", "b:ClusterIP"]);
    assert_eq!(problems(&snapshot), [""; 0]);
}

#[tokio::test]
async fn a_link_to_a_directory_above_ends() {
    let mut watched = Watched::with(&[("sub/a.yaml", &service("a", "ClusterIP"))]);
    symlink("..", watched.path("sub/up")).unwrap();
    assert_eq!(names(&watched.directory.read()), ["a:ClusterIP"]);
}

#[tokio::test]
async fn a_canary_with_a_status_only_is_read_beside_its_canary() {
    let canary = "apiVersion: weir.dev/v1alpha1\nkind: Canary\nmetadata: {name: api, namespace: shop}\n";
    let spec =
        "spec: {targetRef: {name: api}, service: api, strategy: {canary: {steps: [{setWeight: 5}]}}}\n";
    let mut watched = Watched::with(&[
        ("canary.yaml", &format!("{canary}{spec}")),
        ("status.json", &format!("{canary}status: {{phase: Idle, epoch: 1}}\n")),
    ]);
    let snapshot = watched.directory.read();
    assert_eq!(names(&snapshot), ["Canary shop/api", "CanaryStatus shop/api"]);
    assert_eq!(problems(&snapshot), [""; 0]);
}
