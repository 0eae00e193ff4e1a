//! Whatever an object has as its `spec` is a flag that can be evaluated, or has problems that say something.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use weir_flags::{Context, Flags, Object, ObjectName, Release};

fuzz_target!(|bytes: &[u8]| {
    let Ok(spec) = serde_json::from_slice::<Value>(bytes) else { return };
    let name = ObjectName { namespace: "shop".to_owned(), name: "f".to_owned() };
    let flags = Flags::new([Object { name, created_seconds: 0, spec }]);
    let problems: Vec<_> = flags.problems().values().flatten().collect();
    assert!(problems.iter().all(|problem| !problem.what.is_empty() && !problem.mend.is_empty()), "{problems:?}");
    let context = Context::new(Map::from_iter([("targetingKey".to_owned(), json!("u"))]));
    for release in [None, Some(Release::Promoted), Some(Release::Aborted)] {
        for (key, result) in flags.evaluate_all(&context, |_| release) {
            // What has no problem is served; only an attribute that is asked for as a key may be missing.
            let served = result.map_err(|failure| failure.code().as_str());
            assert!(!problems.is_empty() || !matches!(served, Err("PARSE_ERROR" | "FLAG_NOT_FOUND")), "{key}");
        }
    }
});
