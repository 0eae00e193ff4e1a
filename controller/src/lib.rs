//! Control-plane shell: scrape, judge, advance, apply.
