//! A store that does not answer, refuses, or says something else; and a file that is wrong. Nobody passes by any of it.

use serde_json::json;

use super::recorder::Recorder;
use super::{Case, printed};

fn case() -> Case<'static> {
    let query = json!({"type": "prometheus", "metricName": "latency_ms", "customFilterTemplate": "by_name"});
    Case::new("type: prometheus, tokenFile: key", query)
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_asked_three_times_and_judges_nobody() {
    let store = Recorder::start(|_| (503, "k3y-s3cret is too busy".to_owned())).await;
    let output = case().judge(&store, &[]).await;
    assert_eq!(output.status.code(), Some(69), "{}", printed(&output));
    let told = printed(&output);
    assert!(told.contains("503 Service Unavailable: *** is too busy (tried 3 times)"), "{told}");
    // Whichever side gives up first ends both.
    assert!((3..=6).contains(&store.asked().len()), "{:?}", store.asked());
}

/// As a program is in an image that has nothing else.
#[tokio::test]
async fn where_nobody_is_trusted_http_is_left_and_https_says_so() {
    let nobody = [("SSL_CERT_FILE", "/nowhere/certificates"), ("SSL_CERT_DIR", "/nowhere")];
    let case = Case { environment: &nobody, ..case() };
    let store = Recorder::start(|_| (403, r#"{"error": "it has heard"}"#.to_owned())).await;
    let output = case.judge(&store, &[]).await;
    assert!(printed(&output).contains("it has heard"), "{}", printed(&output));
    // Another one: what was asked of the first may still be under way.
    let other = Recorder::start(|_| (403, String::new())).await;
    let folder = tempfile::tempdir().unwrap();
    let sources =
        format!("sources:\n- {{name: here, type: prometheus, url: 'https{}'}}\n", &other.url()[4..]);
    let output = case.judge_by(folder.path(), &sources, &[]).await;
    assert_eq!(output.status.code(), Some(69), "{}", printed(&output));
    let told = printed(&output);
    assert!(
        told.contains("the certificates that this machine trusts cannot be read, and https needs them"),
        "{told}"
    );
    assert_eq!(other.asked().len(), 0, "nobody was asked without TLS");
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_store_without_the_secret() {
    let store = Recorder::start(|_| (403, r#"{"errors": ["k3y-s3cret is not allowed"]}"#.to_owned())).await;
    let output = case().judge(&store, &[]).await;
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    let told = printed(&output);
    assert!(told.contains("refuses") && told.ends_with(": *** is not allowed\n"), "{told}");
}

#[tokio::test]
async fn an_answer_that_is_none_is_no_empty_series() {
    for nonsense in ["<html>Welcome</html>", "{}", "[]", ""] {
        let store = Recorder::start(move |_| (200, nonsense.to_owned())).await;
        let output = case().judge(&store, &[]).await;
        assert_eq!(output.status.code(), Some(69), "{nonsense}: {}", printed(&output));
        assert!(printed(&output).contains("its answer is none of a Prometheus: "), "{}", printed(&output));
    }
}

#[tokio::test]
async fn a_file_that_is_wrong_is_told_with_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let judge = async |sources: &str, more: &[&str]| {
        let output = case().judge_by(folder.path(), sources, more).await;
        assert_eq!(output.status.code(), Some(64), "{}", printed(&output));
        printed(&output)
    };
    let told = judge("sources:\n- name: a\n  type: prometheus\n  adress: http://a\n", &[]).await;
    assert!(told.contains("sources.yaml:4: sources[0].adress: unknown field"), "{told}");
    let two = "sources:
- {name: a, type: prometheus, url: 'http://127.0.0.1:1'}
- {name: b, type: prometheus, url: 'http://127.0.0.1:1'}
";
    let told = judge(two, &[]).await;
    assert!(told.contains("there are several such sources: a (prometheus), b (prometheus)"), "{told}");
    let told = judge(two, &["--source", "c"]).await;
    assert!(
        told.contains("--source: there is no source \"c\": there is a (prometheus), b (prometheus)"),
        "{told}"
    );
}

#[tokio::test]
async fn of_several_stores_of_a_type_the_one_that_is_named_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let named = Recorder::start(|_| (404, "nothing is here".to_owned())).await;
    let other = Recorder::start(|_| (200, String::new())).await;
    let sources = format!(
        "sources:\n- {{name: a, type: prometheus, url: '{}'}}\n- {{name: b, type: prometheus, url: '{}'}}\n",
        other.url(),
        named.url()
    );
    let output = case().judge_by(folder.path(), &sources, &["--source", "b"]).await;
    assert!(printed(&output).contains("nothing is here"), "{}", printed(&output));
    let mut by_query = case();
    by_query.query["metricsAccountName"] = "b".into();
    let output = by_query.judge_by(folder.path(), &sources, &["--source", "a"]).await;
    assert!(printed(&output).contains("nothing is here"), "{}", printed(&output));
    assert!(other.asked().is_empty(), "{:?}", other.asked());
}
