//! Images of programs, made and given to the node by several at once.

use std::fs;

use weir_cluster::{Cluster, Image, program};

/// What four that load at once call it.
const NAME: &str = "weir.test/loaded-by-four:1";

#[test]
fn two_images_of_one_program_are_the_same() {
    let Some(cluster) = Cluster::shared() else { return };
    let Some(_) = cluster.node_or_skip("images of our own") else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = program::built("weir-load").unwrap();
    let archives = [(); 2].map(|()| {
        let image = Image::of(&program, folder.path()).unwrap();
        fs::read(image.archive()).unwrap()
    });
    assert!(archives[0] == archives[1], "the archives differ");
}

/// Images of one name push each other out, whole or half unpacked.
#[test]
fn a_node_takes_images_of_one_name_from_four_at_once() {
    let Some(cluster) = Cluster::shared() else { return };
    let Some(node) = cluster.node_or_skip("images of our own") else { return };
    let program = program::built("weir-load").unwrap();
    let load = |version| node.load_version(NAME, &program, &[("VERSION", version)]);
    std::thread::scope(|scope| {
        let loaders = ["1", "2", "3", "4"].map(|version| scope.spawn(move || load(version)));
        for loader in loaders {
            assert_eq!(loader.join().unwrap().unwrap(), NAME);
        }
    });
}
