//! Matches as they are written, and what they mean.

use super::{RequestMatch, SetHeaderRoute};

fn requests(json: &str) -> Result<Option<RequestMatch>, String> {
    serde_json::from_str::<SetHeaderRoute>(json).unwrap().requests().map_err(|error| error.to_string())
}

#[test]
fn argos_form_is_read_and_all_conditions_are_joined() {
    let all = requests(
        r#"{"name": "beta", "match": [
            {"headerName": "X-Beta", "headerValue": {"exact": "yes"}},
            {"headerName": "user-agent", "headerValue": {"regex": ".*Firefox.*"}, "method": {"exact": "GET"}},
            {"cookieName": "Plan", "cookieValue": {"prefix": "pro"}, "path": {"prefix": "/api"}}
        ]}"#,
    );
    let expected = r#"{"method":{"exact":"GET"},"path":{"prefix":"/api"},"headers":{"user-agent":{"regex":".*Firefox.*"},"x-beta":{"exact":"yes"}},"cookies":{"Plan":{"prefix":"pro"}}}"#;
    assert_eq!(serde_json::to_string(&all.unwrap().unwrap()).unwrap(), expected);
    assert_eq!(requests(r#"{"name": "beta"}"#), Ok(None), "without a match the route ends");
}

#[test]
fn each_fault_is_named_with_its_field() {
    for (conditions, said) in [
        ("{}", "match[0]: is empty"),
        (r#"{"headerName": "x"}"#, "match[0].headerValue: is missing"),
        (r#"{"headerValue": {"exact": "x"}}"#, "match[0].headerName: is missing"),
        (
            r#"{"cookieName": "a b", "cookieValue": {"exact": "x"}}"#,
            "match[0].cookieName: \"a b\" is not a valid",
        ),
        (
            r#"{"headerName": "x", "headerValue": {"regex": "("}}"#,
            "match[0].headerValue: \"(\" cannot be matched",
        ),
        (r#"{"path": {"regex": "a{1000}{1000}{1000}"}}"#, "match[0].path:"),
        (r#"{"path": {"prefix": "/"}}, {"path": {"prefix": "/a"}}"#, "match[1].path: is named twice"),
        (
            r#"{"headerName": "X", "headerValue": {"exact": "1"}}, {"headerName": "x", "headerValue": {"exact": "2"}}"#,
            "match[1].headerName: \"x\" is named twice",
        ),
    ] {
        let error = requests(&format!(r#"{{"name": "beta", "match": [{conditions}]}}"#)).unwrap_err();
        assert!(error.starts_with(said), "{conditions}: {error}");
    }
    assert!(requests(r#"{"name": "", "match": []}"#).unwrap_err().starts_with("name: is empty"));
}
