//! Types that have no form here, each with what to do instead.

/// What to do about a stage of this type.
pub(super) fn mend(kind: &str) -> String {
    let instead = match kind {
        "jenkins" | "travis" | "wercker" | "concourse" | "gitlabCi" | "googleCloudBuild" | "awsCodeBuild" => {
            "what the job does is a `step` here; a job that has to stay is started by a `webhook` stage with `monitor`"
        }
        "bakeManifest" => {
            "let a `step` run `helm template` or `kustomize build` into the workspace, and a `deploy` stage name the files in `manifests`"
        }
        "patchManifest" => "apply the whole object by a `deploy` stage, or run `kubectl patch` in a `step`",
        "disableManifest" | "enableManifest" => {
            "shares of requests are set by a `weights` stage, or by a `release`"
        }
        "pauseRolloutManifest" | "resumeRolloutManifest" => {
            "a `release` waits and goes on by its Canary's steps"
        }
        "rollingRestartManifest" => "run `kubectl rollout restart` in a `step`",
        "findArtifactFromExecution" => {
            "name the image itself, or take it from the outputs of a `findImage` stage"
        }
        "bindProduceArtifacts" | "findImage" | "findImageFromTags" => {
            "name the image itself, or take it from the outputs of a `findImage` or `image` stage"
        }
        "runJob" | "script" => "a command is a `step`, a container of its own a `job`",
        "deploy" | "cloneServerGroup" | "createServerGroup" => {
            "deploy manifests by `deploy`, and change production by `release`"
        }
        "" => "it has no type: give the stage one key that says what it does",
        _ => "write a stage that does the same: `step`, `job`, `webhook`, `deploy` and others do something",
    };
    format!("stages of the type {kind:?} are not imported: {instead}")
}
