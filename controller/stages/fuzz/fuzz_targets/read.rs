//! Whatever stands in a file is read or told, with its line, and never a panic. What was read is the same when it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Map;
use weir_stages::{lines, read, render};

/// So that most inputs come as far as the stages.
const HEAD: &str = "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: a}\nspec:\n";

fuzz_target!(|text: &str| {
    let indented: String = text.lines().map(|line| format!("  {line}\n")).collect();
    for text in [text.to_owned(), format!("{HEAD}{indented}"), format!("{HEAD}  stages:\n  - name: a\n{indented}")] {
        let (file, problems) = read(&text);
        for problem in &problems {
            let _line = lines::of(&text, &problem.path);
            assert!(!problem.what.is_empty() && !problem.mend.is_empty(), "{problem:?}");
        }
        for template in &file.templates {
            let _ = template.render(&Map::new());
        }
        for definition in &file.pipelines {
            let Ok(pipeline) = definition.made(&file.templates) else { continue };
            let written = render::document(&definition.name, &definition.triggers, &pipeline);
            let (again, problems) = read(&written);
            assert!(problems.is_empty(), "{problems:?}\n{written}");
            assert_eq!(again.pipelines[0].pipeline.as_ref(), Some(&pipeline), "{written}");
        }
    }
});
