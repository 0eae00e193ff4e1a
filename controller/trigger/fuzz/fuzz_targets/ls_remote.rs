//! Whatever a remote lists, it is read or refused without a panic; the same again is no news, and what was remembered can be kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_trigger::poll::git::{Refs, news};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (before, now) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let (Ok(before), Ok(now)) = (Refs::parse(before), Refs::parse(now)) else { return };
    let kept: Refs = serde_json::from_str(&serde_json::to_string(&now).expect("it can be kept")).expect("and read again");
    assert_eq!(kept, now);
    assert_eq!(news("u", Some(&now), &now), Ok(vec![]));
    if let Ok(changes) = news("https://h.example/a/b.git", Some(&before), &now) {
        assert!(changes.len() <= before.len() + now.len());
        assert!(changes.iter().all(|change| change.commit != change.before));
    }
});
