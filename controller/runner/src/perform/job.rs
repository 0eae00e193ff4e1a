//! A container of its own: its command, and what its log hands on.

use std::fs;

use serde_json::{Map, Value};
use weir_pipeline::event::Fault;
use weir_stages::work;

use super::step::Command;
use super::{Ended, Job, Outputs, shell};
use crate::attempt::Attempt;
use crate::executor::Container;

/// Bytes of a log in which properties are looked for.
const MOST: usize = 16 << 20;

impl Job {
    pub(super) async fn job(&self, attempt: &Attempt, job: &work::Job) -> Result<Ended, Fault> {
        let (values, secrets) = self.secrets(&job.secrets)?;
        let environment = self.environment(attempt).with_all(&job.env);
        let environment = values.iter().fold(environment, |all, (name, value)| all.with(name, value));
        let directory = attempt.path().join("job");
        fs::create_dir_all(&directory).map_err(Fault::infrastructure)?;
        let command = Command {
            kind: "job",
            line: shell::command(job.run.as_deref(), &job.command).unwrap_or_default(),
            environment,
            secrets,
            directory,
            services: &[],
            container: Container { image: job.image.clone(), resources: job.resources.clone() },
        };
        let Ended::Well(mut outputs) = self.command(attempt, command).await? else {
            return Ok(Ended::Stopped);
        };
        let log = fs::read(attempt.step().log()).unwrap_or_default();
        outputs.extend(properties(&String::from_utf8_lossy(log.get(..MOST).unwrap_or(&log))));
        Ok(Ended::Well(outputs))
    }
}

/// What Spinnaker reads of a log: lines `SPINNAKER_PROPERTY_NAME=VALUE`, whose names it writes small, and `SPINNAKER_CONFIG_JSON={..}`.
fn properties(log: &str) -> Outputs {
    let mut found = Map::new();
    for line in log.lines().map(str::trim_end) {
        if let Some((name, value)) =
            line.strip_prefix("SPINNAKER_PROPERTY_").and_then(|line| line.split_once('='))
        {
            found.insert(name.to_ascii_lowercase(), Value::from(value));
        } else if let Some(Ok(Value::Object(fields))) =
            line.strip_prefix("SPINNAKER_CONFIG_JSON=").map(serde_json::from_str)
        {
            found.extend(fields);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::properties;

    #[test]
    fn lines_of_a_log_are_outputs() {
        let log = "begins\nSPINNAKER_PROPERTY_Rows=17\r\n SPINNAKER_PROPERTY_NOT=1\nSPINNAKER_PROPERTY_none\nSPINNAKER_CONFIG_JSON={\"schema\": 4}\nSPINNAKER_CONFIG_JSON={\n";
        assert_eq!(Value::Object(properties(log)), json!({"rows": "17", "schema": 4}));
    }
}
