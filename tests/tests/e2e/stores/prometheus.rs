//! A Prometheus. Answers: <https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries>.

use serde_json::json;

use super::{Case, measured};

fn answer(request: &str) -> String {
    let values: Vec<_> = measured(request)
        .into_iter()
        .filter_map(|(at, value)| value.map(|value| json!([at, value.to_string()])))
        .collect();
    let result = json!([{"metric": {"__name__": "latency_ms"}, "values": values}]);
    json!({"status": "success", "data": {"resultType": "matrix", "result": result}}).to_string()
}

#[tokio::test]
async fn a_prometheus_of_a_file_is_asked_as_one_of_the_command_line() {
    let query = json!({"type": "prometheus", "metricName": "latency_ms", "customFilterTemplate": "by_name"});
    let case = Case::new("type: prometheus, tokenFile: key", query);
    let asked = case.passes(answer).await;
    let request = |scope: &str| {
        format!(
            "GET /api/v1/query_range?query=avg%28latency_ms%7Bapp%3D%22{scope}%22%2Czone%3D%22zone-1%22%7D%29&start=1795683600.000&end=1795684140.000&step=60 HTTP/1.1\r\n\
             accept: application/json\r\nauthorization: Bearer k3y-s3cret\r\nhost: STORE\r\n\r\n"
        )
    };
    assert_eq!(asked, ["api-baseline", "api-canary"].map(request));
}
