//! A container image, by buildah: no daemon, no socket, no root.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use weir_pipeline::event::Fault;
use weir_stages::work::Image;

use super::step::Command;
use super::{Ended, Job};
use crate::attempt::Attempt;
use crate::executor::Container;
use crate::local::Environment;

/// Builds and publishes. Storage is the pipeline's own, so that layers are found again by the next run. Whoever may be one user only makes all files his. Which hook is
/// on its way is in a file, so that a failure can say it.
const SCRIPT: &str = r#"
set -- --root "$STORAGE/root" --runroot "$STORAGE/run" --storage-driver vfs --storage-opt vfs.ignore_chown_errors=true
echo "building $IMAGE"
buildah "$@" build --tls-verify="$TLS_VERIFY" --isolation chroot --layers --format docker --file "$DOCKERFILE" --tag "$IMAGE" $TARGET_FLAG $ARG_FLAGS "$CONTEXT"
echo "publishing $IMAGE"
buildah "$@" push --tls-verify="$TLS_VERIFY" --digestfile "$DIGEST_FILE" "$IMAGE" "docker://$IMAGE"
DIGEST=$(cat "$DIGEST_FILE"); export DIGEST
echo "published $IMAGE@$DIGEST"
hook() {
  [ -n "$2" ] || return 0
  echo "$1" > "$HOOK_FILE"
  sh -e -c "$2"
}
hook sbom "$SBOM"
hook sign "$SIGN"
"#;

impl Job {
    pub(super) async fn image(&self, attempt: &Attempt, image: &Image) -> Result<Ended, Fault> {
        let commit = self.seen_commit();
        let tag = image.tag.clone().filter(|tag| !tag.is_empty()).or(commit);
        let tag = tag
            .ok_or_else(|| Fault::work("nobody says which tag: give `tag`, or check a commit out before"))?;
        let name = format!("{}:{tag}", image.repository);
        let workspace = self.shared.store.workspace(&self.key.run);
        let context = workspace.join(&image.context);
        let dockerfile =
            image.dockerfile.as_ref().map_or_else(|| context.join("Dockerfile"), |path| workspace.join(path));
        if !dockerfile.is_file() {
            let path = dockerfile.strip_prefix(&workspace).unwrap_or(&dockerfile).display();
            return Err(Fault::work(format!(
                "there is no {path} in the workspace: check the sources out before, or give `dockerfile`"
            )));
        }
        let storage = self.shared.store.cache(&self.about.pipeline, "images");
        fs::create_dir_all(&storage).map_err(Fault::infrastructure)?;
        let (digest_file, hook_file) = (attempt.path().join("digest"), attempt.path().join("hook"));
        let environment = (self.environment(attempt))
            .with_path("STORAGE", &storage)
            .with_path("DOCKERFILE", &dockerfile)
            .with_path("CONTEXT", &context)
            .with_path("DIGEST_FILE", &digest_file)
            .with_path("HOOK_FILE", &hook_file)
            .with("IMAGE", &name)
            .with("TLS_VERIFY", (!image.insecure).to_string())
            .with("SBOM", image.hooks.sbom.as_deref().unwrap_or_default())
            .with("SIGN", image.hooks.sign.as_deref().unwrap_or_default());
        let (environment, flags) = flags(environment, image);
        let (environment, secrets) = self.registry_credentials(attempt, environment, image)?;
        let script = SCRIPT.replace("$TARGET_FLAG $ARG_FLAGS", &flags);
        let line = ["sh", "-e", "-c", &script].map(str::to_owned).to_vec();
        let command = Command {
            kind: "image",
            line,
            environment,
            secrets,
            directory: workspace,
            services: &[],
            container: Container::default(),
        };
        let ended = self.command(attempt, command).await;
        let _gone = fs::remove_file(attempt.path().join("auth.json"));
        let ended = ended.map_err(|fault| match fs::read_to_string(&hook_file) {
            Ok(hook) => after_publishing(&fault, &name, &digest_file, hook.trim()),
            Err(_) => fault,
        });
        let Ended::Well(mut outputs) = ended? else { return Ok(Ended::Stopped) };
        let digest = fs::read_to_string(&digest_file).map_err(Fault::infrastructure)?.trim().to_owned();
        outputs.extend([
            ("image".to_owned(), json!(image.repository)),
            ("tag".to_owned(), json!(tag)),
            ("digest".to_owned(), json!(digest)),
        ]);
        Ok(Ended::Well(outputs))
    }

    /// The commit that was checked out, or that the trigger names.
    pub(super) fn seen_commit(&self) -> Option<String> {
        let before = self.plan.graph().before(&self.key.stage);
        let mut outputs = before.iter().filter_map(|id| self.run.stage(id)).rev();
        let checked_out = outputs.find_map(|stage| stage.outputs.get("commit"));
        let commit = checked_out.or_else(|| self.about.trigger.get("commit"));
        commit.and_then(Value::as_str).map(str::to_owned)
    }

    /// A file that buildah reads passwords from, as Kubernetes keeps them.
    fn registry_credentials(
        &self,
        attempt: &Attempt,
        environment: Environment,
        image: &Image,
    ) -> Result<(Environment, Vec<String>), Fault> {
        let Some(secret) = image.secret.as_ref().filter(|name| !name.is_empty()) else {
            return Ok((environment, Vec::new()));
        };
        let find = |key: &str| self.shared.secrets.find(secret, key).map_err(Fault::work);
        let (file, secrets) = if let Some(file) = find(".dockerconfigjson")? {
            let secrets = passwords(&file);
            (file, secrets)
        } else if let (Some(username), Some(password)) = (find("username")?, find("password")?) {
            let registry = image.repository.split('/').next().unwrap_or_default();
            let auth = base64(&format!("{username}:{password}"));
            (json!({"auths": {registry: {"auth": auth}}}).to_string(), vec![password, auth])
        } else {
            let what = "has neither `.dockerconfigjson` nor `username` and `password`";
            return Err(Fault::work(format!("secret {secret:?} {what}")));
        };
        let path = attempt.path().join("auth.json");
        crate::store::private(&path, &file).map_err(Fault::infrastructure)?;
        Ok((environment.with_path("REGISTRY_AUTH_FILE", &path), secrets))
    }
}

/// What a hook did wrong, with what can be pulled already: nothing takes an image back.
fn after_publishing(fault: &Fault, name: &str, digest_file: &Path, hook: &str) -> Fault {
    let digest = fs::read_to_string(digest_file).unwrap_or_default();
    let what = format!("{name}@{} is published, and `hooks.{hook}` failed", digest.trim());
    Fault { blame: fault.blame, message: format!("{what}: {}", fault.message) }
}

/// Flags that are only there at times. Their values come by the environment.
fn flags(mut environment: Environment, image: &Image) -> (Environment, String) {
    let mut flags = Vec::new();
    if let Some(target) = &image.target {
        environment = environment.with("TARGET", target);
        flags.push("--target \"$TARGET\"".to_owned());
    }
    for (index, (name, value)) in image.build_args.iter().enumerate() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        environment = environment.with(&format!("ARG_{index}"), format!("{name}={text}"));
        flags.push(format!("--build-arg \"$ARG_{index}\""));
    }
    (environment, flags.join(" "))
}

/// What of the file must not be printed.
fn passwords(file: &str) -> Vec<String> {
    let parsed: Value = serde_json::from_str(file).unwrap_or_default();
    let accounts =
        parsed.get("auths").and_then(Value::as_object).into_iter().flat_map(|auths| auths.values());
    let secret = |account: &Value| {
        ["auth", "password", "identitytoken"]
            .map(|key| account.get(key).and_then(Value::as_str).map(str::to_owned))
    };
    accounts.flat_map(secret).flatten().collect()
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}
