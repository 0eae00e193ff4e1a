//! Whatever a property file has, it is read or refused without a panic; what is read can be kept, and is the same in JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_trigger::properties::read;

fuzz_target!(|bytes: &[u8]| {
    for name in ["a.yaml", "a.json", "a.properties", "a"] {
        match read(name, bytes) {
            Ok(values) => {
                let kept = serde_json::to_string(&values).expect("it can be kept");
                if kept.len() <= weir_trigger::properties::MOST_BYTES {
                    assert_eq!(read("a.json", kept.as_bytes()), Ok(values), "{kept}");
                }
            }
            Err(refusal) => assert!(!refusal.to_string().is_empty()),
        }
    }
});
