//! What linters write.

use weir_quality::lint::{checkstyle, eslint};
use weir_quality::{Limits, Source};

const ESLINT: &str = r#"[{"filePath":"/a.js","messages":[{"ruleId":"no-unused-vars","severity":2,"message":"'a' is unused","line":1},
{"ruleId":null,"fatal":true,"severity":1,"message":"Parsing error"},{"ruleId":"no-console","severity":1,"message":"m","line":3}],"errorCount":0},
{"filePath":"/b.js","messages":[]}]"#;
const CHECKSTYLE: &str = r#"<checkstyle version="8"><file name="A.kt"><error line="3" column="1" severity="warning" message="m" source="r"/>
<error line="4" message="n"/><error severity="info" message="o"/></file><file name="B.kt"><exception>broke
at x</exception></file></checkstyle>"#;

#[test]
fn issues_are_counted_by_severity() {
    let limits = Limits::default();
    let mut report = eslint::parse(Source::new("e", ESLINT.as_bytes()), &limits).unwrap();
    assert_eq!((report.errors, report.warnings, report.issues[0].rule.as_str()), (2, 1, "no-unused-vars"));
    let other = checkstyle::parse(Source::new("c", CHECKSTYLE.as_bytes()), &limits).unwrap();
    assert_eq!((other.errors, other.warnings, other.issues[2].message.as_str()), (2, 1, "broke"));
    report.merge(other, &limits);
    assert_eq!((report.errors, report.warnings, report.issues.len(), report.left_out), (4, 2, 6, 0));
    let few = Limits { cases: 1, ..limits };
    let report = eslint::parse(Source::new("e", ESLINT.as_bytes()), &few).unwrap();
    assert_eq!((report.errors, report.issues.len(), report.left_out), (2, 2, 1));
    assert_eq!(checkstyle::parse(Source::new("c", b"<checkstyle/>"), &limits).unwrap().errors, 0);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    for (text, expected) in [
        ("", "e: the file is empty"),
        ("[]", "e: no file was looked at"),
        ("[{\"filePath\": 1}]", "e:1: this is not the JSON of ESLint"),
        ("[{\"filePath\":\"a\",\"messages\":[{\"severity\":7,\"message\":\"m\"}]}]", "e: severity is \"7\""),
    ] {
        let error =
            eslint::parse(Source::new("e", text.as_bytes()), &Limits::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let text = "<checkstyle><file name='a'><error severity='bad'/></file></checkstyle>";
    let error =
        checkstyle::parse(Source::new("c", text.as_bytes()), &Limits::default()).unwrap_err().to_string();
    assert!(error.starts_with("c:1:28: severity of <error> is \"bad\""), "{error}");
}
