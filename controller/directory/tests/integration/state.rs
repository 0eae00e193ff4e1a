//! The state directory: whole files, no needless writes, errors with their place.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;
use weir_directory::{StateDirectory, StateError, Written, object_path};

#[test]
fn a_value_is_written_read_listed_and_removed() {
    let temp = TempDir::new().unwrap();
    let state = StateDirectory::open(temp.path().join("deep/state")).unwrap();
    let value = json!({"a": [1, 2.5, "é"]});
    assert_eq!(state.read::<Value>("objects/a.json").unwrap(), None);
    assert_eq!(state.list("objects").unwrap(), [""; 0]);
    assert_eq!(state.write("objects/a.json", &value).unwrap(), Written::Changed);
    assert_eq!(state.write_bytes("objects/b.html", b"<p>").unwrap(), Written::Changed);
    assert_eq!(state.read("objects/a.json").unwrap(), Some(value));
    assert_eq!(state.list("objects").unwrap(), ["objects/a.json", "objects/b.html"]);
    assert!(state.remove("objects/a.json").unwrap());
    assert!(!state.remove("objects/a.json").unwrap());
    assert_eq!(state.list("objects").unwrap(), ["objects/b.html"]);
}

#[test]
fn the_second_identical_write_touches_nothing() {
    let temp = TempDir::new().unwrap();
    let state = StateDirectory::open(temp.path()).unwrap();
    assert_eq!(state.write("a.json", &json!({"a": 1})).unwrap(), Written::Changed);
    let identity = || {
        let metadata = std::fs::metadata(temp.path().join("a.json")).unwrap();
        (metadata.ino(), metadata.mtime_nsec(), metadata.ctime_nsec())
    };
    let before = identity();
    assert_eq!(state.write("a.json", &json!({"a": 1})).unwrap(), Written::Unchanged);
    assert_eq!(identity(), before);
    assert_eq!(state.write("a.json", &json!({"a": 2})).unwrap(), Written::Changed);
    assert_ne!(identity().0, before.0, "a new file has taken the place of the old one");
}

#[test]
fn a_reader_never_sees_a_part_of_a_file() {
    let temp = TempDir::new().unwrap();
    let state = StateDirectory::open(temp.path()).unwrap();
    let text = |number: usize| json!({"number": number, "filler": "x".repeat(1 + number * 997 % 50_000)});
    state.write("a.json", &text(0)).unwrap();
    let done = AtomicBool::new(false);
    let reads = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut reads, mut highest) = (0_u64, 0);
            while !done.load(Ordering::Acquire) || reads == 0 {
                let value: Value = state.read("a.json").unwrap().expect("the file is always there");
                let number = usize::try_from(value["number"].as_u64().unwrap()).unwrap();
                assert_eq!(value, text(number));
                assert!(number >= highest, "{number} after {highest}");
                highest = number;
                reads += 1;
            }
            reads
        });
        for number in 1..300 {
            state.write("a.json", &text(number)).unwrap();
        }
        done.store(true, Ordering::Release);
        reader.join().unwrap()
    });
    assert!(reads > 0);
    let left: Vec<_> =
        std::fs::read_dir(temp.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["a.json"], "nothing is left beside it");
}

#[test]
fn no_name_leaves_the_directory() {
    let temp = TempDir::new().unwrap();
    let state = StateDirectory::open(temp.path().join("state")).unwrap();
    for name in ["", "/etc/passwd", "../a", "a/../../b", "a//b", "a/", ".hidden", "a/.b", "a\\b", "a\0b", "."]
    {
        let error = state.write(name, &1).unwrap_err();
        assert!(matches!(&error, StateError::Name(named) if named == name), "{name:?}: {error}");
    }
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1);
}

#[test]
fn every_object_has_a_file_of_its_own_that_stays_inside() {
    assert_eq!(object_path("Canary", "shop", "api.v1"), "objects/canary.shop.api.v1.json");
    let temp = TempDir::new().unwrap();
    let state = StateDirectory::open(temp.path()).unwrap();
    let names = ["a", "b", "a.b", "A", "a/b", "..", "../..", "%41", "a%2Fb", "é", ""];
    let long = "n".repeat(253);
    let mut seen = std::collections::BTreeSet::new();
    for namespace in names {
        for name in names.into_iter().chain([long.as_str()]) {
            let path = object_path("Service", namespace, name);
            assert!(seen.insert(path.clone()), "{path} is there twice");
            state.write(&path, &json!({"namespace": namespace, "name": name})).unwrap();
        }
    }
    assert_eq!(state.list("objects").unwrap().len(), seen.len());
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1, "all of them are in objects");
    let longest = object_path("EndpointSlice", &"s".repeat(63), &long);
    state.write(&longest, &1).unwrap();
    assert_ne!(longest, object_path("EndpointSlice", &"s".repeat(63), &format!("{}m", &long[1..])));
}

#[test]
fn what_cannot_be_written_is_told_with_its_path_and_cause() {
    let temp = TempDir::new().unwrap();
    let state = StateDirectory::open(temp.path()).unwrap();
    // Not even root can make a directory below a file.
    std::fs::write(temp.path().join("objects"), "a file").unwrap();
    let error = state.write("objects/a.json", &1).unwrap_err();
    assert!(matches!(error, StateError::Create(..)), "{error:?}");
    let expected = format!("{}: cannot be made:", temp.path().join("objects").display());
    assert!(error.to_string().starts_with(&expected), "{error}");
    let error = StateDirectory::open(temp.path().join("objects/below")).unwrap_err().to_string();
    assert!(error.ends_with("cannot be made: a part of the path is not a directory"), "{error}");
    std::fs::create_dir_all(temp.path().join("a.json/below")).unwrap();
    let error = state.write("a.json", &1).unwrap_err();
    assert!(matches!(error, StateError::Write(..)), "{error:?}");
    let expected = format!("{}: cannot be written: it is a directory", temp.path().join("a.json").display());
    assert_eq!(error.to_string(), expected);
    assert!(matches!(state.remove("a.json"), Err(StateError::Remove(..))));
    assert!(matches!(state.read::<Value>("a.json"), Err(StateError::Read(..))));
    let left = std::fs::read_dir(temp.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".tmp"));
    assert_eq!(left.count(), 0, "nothing is left beside it");
}

/// `/dev/full` takes no byte, as a full disk does; no mount is needed.
#[test]
fn a_full_disk_is_told_as_such() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let source = std::io::Write::write_all(&mut &full, b"x").unwrap_err();
    let error = StateError::Write(Path::new("state/a.json").to_owned(), source);
    assert_eq!(error.to_string(), "state/a.json: cannot be written: the disk is full");
}

#[test]
fn a_file_of_zero_bytes_as_after_a_loss_of_power_counts_as_none_and_is_written_anew() {
    let temp = TempDir::new().unwrap();
    let state = StateDirectory::open(temp.path()).unwrap();
    for left in [&b""[..], &[0; 300][..]] {
        std::fs::write(temp.path().join("a.json"), left).unwrap();
        assert_eq!(state.read::<Value>("a.json").unwrap(), None, "{} bytes", left.len());
        assert_eq!(state.write("a.json", &json!(1)).unwrap(), Written::Changed);
        assert_eq!(state.read("a.json").unwrap(), Some(json!(1)));
    }
}

#[test]
fn a_file_that_holds_something_else_is_told_with_its_place() {
    let temp = TempDir::new().unwrap();
    let state = StateDirectory::open(temp.path()).unwrap();
    state.write_bytes("a.json", b"{\n  \"a\": }").unwrap();
    let error = state.read::<Value>("a.json").unwrap_err().to_string();
    let path = temp.path().join("a.json").display().to_string();
    assert_eq!(error, format!("{path}: not what is kept there: expected value at line 2 column 8"));
}
