//! Functions that only a shell can answer.

use serde_json::{Value, json};
use weir_expression::{Absence, Address, Outside, Question};

use crate::fixture::{errors, errors_in, scope, values_in};

struct World;

impl Outside for World {
    fn answer(&self, question: &Question<'_>) -> Result<Value, Absence> {
        Ok(match question {
            Question::ServerGroups { stages } => json!([{"of": stages}]),
            Question::PipelineId { name: "gone", .. } => {
                return Err(Absence::Failed("no such pipeline".to_owned()));
            }
            Question::PipelineId { name, application } => {
                json!(format!("{name}@{}", application.unwrap_or("here")))
            }
            Question::CanaryConfigId { name, application } => json!({"id": name, "of": application}),
        })
    }

    fn fetch(&self, address: &Address) -> Result<String, Absence> {
        match address.to_string().rsplit('/').next() {
            Some("text") => Ok("hello".to_owned()),
            Some("json") => Ok("{\"a\": [1]}".to_owned()),
            Some("yaml") => Ok("a: 2".to_owned()),
            Some("properties") => Ok("a.b = c\nd:e".to_owned()),
            Some("huge") => Ok("x".repeat(3_000_000)),
            _ => Err(Absence::Failed("it answered 404".to_owned())),
        }
    }
}

#[test]
fn what_the_shell_answers_is_a_value() {
    values_in(
        &scope().with_outside(&World),
        &[
            ("#deployedServerGroups('Deploy baseline')[0].of", json!(["Deploy baseline"])),
            ("#deployedServerGroups()[0].of", json!([])),
            ("#pipelineId('deploy')", json!("deploy@here")),
            ("#pipelineIdInApplication('deploy', 'shop')", json!("deploy@shop")),
            ("#canaryConfigNameToId('c', 'shop').of", json!("shop")),
            ("#canaryConfigNameToId('c').id", json!("c")),
            ("#fromUrl('https://example.com/text')", json!("hello")),
            ("#jsonFromUrl('https://example.com/json').a[0]", json!(1)),
            ("#yamlFromUrl('http://example.com:8080/yaml').a", json!(2)),
            ("#propertiesFromUrl('https://example.com/properties')['a.b']", json!("c")),
        ],
    );
}

#[test]
fn what_the_shell_does_not_answer_is_an_error_that_says_so() {
    errors_in(
        &scope().with_outside(&World),
        &[
            ("#pipelineId('gone')", "pipelineId: no such pipeline"),
            ("#fromUrl('https://example.com/x')", "fromUrl: it answered 404"),
            ("#jsonFromUrl('https://example.com/text')", "is no JSON"),
            ("#deployedServerGroups('nope')", "there is no stage \"nope\""),
            ("#fromUrl('https://example.com/huge')", "a value of more than 1048576 bytes"),
            ("#fromUrl('http://localhost/text')", "localhost is inside this machine or cluster"),
            ("#fromUrl('text')", "is no address"),
        ],
    );
    errors(&[
        ("#fromUrl('https://example.com/')", "fromUrl: not available here"),
        ("#jsonFromUrl('https://example.com/')", "jsonFromUrl: not available here"),
        ("#yamlFromUrl('https://example.com/')", "yamlFromUrl: not available here"),
        ("#propertiesFromUrl('https://example.com/')", "propertiesFromUrl: not available here"),
        ("#deployedServerGroups()", "deployedServerGroups: not available here"),
        ("#pipelineId('a')", "pipelineId: not available here"),
        ("#pipelineIdInApplication('a', 'b')", "pipelineIdInApplication: not available here"),
        ("#canaryConfigNameToId('a')", "canaryConfigNameToId: not available here"),
        ("#pipelineId(1)", "argument 1 of pipelineId is an integer"),
        ("#pipelineIdInApplication('a')", "pipelineIdInApplication takes 2 arguments"),
        ("#canaryConfigNameToId()", "canaryConfigNameToId takes 1 to 2 arguments"),
        ("#fromUrl()", "fromUrl takes one argument"),
        ("#nope()", "there is no function #nope"),
        ("#stagee('a')", "did you mean \"stage\"?"),
    ]);
}
