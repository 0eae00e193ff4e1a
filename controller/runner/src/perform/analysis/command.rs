//! The fields of the stage as arguments of `weir judge`. Pure.

use weir_pipeline::span::Span;
use weir_stages::work::{Analysis, Judge, Lookback, Metrics};

/// All that does not name files of the attempt. The config and what it compares are in other words an argument each, and no shell reads what expressions made of them.
pub(super) fn arguments(analysis: &Analysis) -> Vec<String> {
    let Analysis {
        config: _,
        metrics: Metrics { choose, url: _, secret: _, sources: _ },
        control,
        experiment,
        parameters,
        lifetime,
        interval,
        delay,
        lookback,
        step,
        start,
        end,
        control_offset,
        thresholds,
        judge,
    } = analysis;
    let sliding = match lookback {
        Lookback::Growing => None,
        Lookback::Sliding(span) => Some(*span),
    };
    // No delay is none, and no offset.
    let some = |span: &Option<Span>| span.filter(|span| *span != Span::default());
    let text = |span: Span| format!("{}ms", span.duration().as_millis());
    let judge = judge.map(|judge| match judge {
        Judge::Netflix => "netflix".to_owned(),
        Judge::Sequential => "sequential".to_owned(),
    });
    let options = [
        ("--control-scope", Some(control.scope.clone())),
        ("--control-location", control.location.clone()),
        ("--experiment-scope", Some(experiment.scope.clone())),
        ("--location", experiment.location.clone()),
        ("--step", Some(text(*step))),
        ("--lifetime", lifetime.map(text)),
        ("--interval", interval.map(text)),
        ("--delay", some(delay).map(text)),
        ("--lookback", sliding.map(text)),
        ("--start", start.clone()),
        ("--end", end.clone()),
        ("--control-offset", some(control_offset).map(text)),
        ("--marginal", thresholds.marginal.map(|score| score.to_string())),
        ("--pass", thresholds.pass.map(|score| score.to_string())),
        ("--judge", judge),
    ];
    // One word each: a scope may begin with a dash.
    let options = options.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    let choose = choose.iter().map(|name| format!("--source={name}"));
    let parameters = parameters.iter().map(|(name, value)| format!("--param={name}={value}"));
    options.chain(choose).chain(parameters).chain(["--explain".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::arguments;

    fn line(fields: Value) -> String {
        arguments(&serde_json::from_value(fields).unwrap()).join(" ")
    }

    #[test]
    fn each_field_is_an_argument() {
        let full = json!({
            "config": "a.json", "metrics": {"secret": "stores", "choose": ["production"]},
            "control": {"scope": "api-baseline", "location": "production"}, "experiment": {"scope": "-x", "location": "eu"},
            "parameters": {"zone": "a b"}, "lifetime": "6m", "interval": "2m", "delay": "30s", "lookback": {"sliding": "3m"}, "step": "5s",
            "controlOffset": "1h", "thresholds": {"marginal": 70, "pass": 90.5}, "judge": "sequential",
        });
        assert_eq!(
            line(full),
            "--control-scope=api-baseline --control-location=production --experiment-scope=-x --location=eu --step=5000ms --lifetime=360000ms --interval=120000ms --delay=30000ms --lookback=180000ms --control-offset=3600000ms --marginal=70 --pass=90.5 --judge=sequential --source=production --param=zone=a b --explain"
        );
    }

    #[test]
    fn what_is_not_said_is_left_to_the_judge() {
        let short = json!({
            "config": {}, "metrics": {"url": "http://p"}, "control": {"scope": "a"}, "experiment": {"scope": "b"}, "delay": "0s",
            "start": "2026-01-02T03:00:00Z", "end": "2026-01-02T04:00:00Z",
        });
        assert_eq!(
            line(short),
            "--control-scope=a --experiment-scope=b --step=60000ms --start=2026-01-02T03:00:00Z --end=2026-01-02T04:00:00Z --explain"
        );
    }
}
