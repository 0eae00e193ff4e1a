//! Images, by buildah, with what is run once they are published.

use std::fs::{self, File};
use std::io::Write;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use weir_cluster::prerequisites::{program, required};
use weir_pipeline::Status;

use crate::fixture::{World, reason};
use crate::triggered::until;

/// A registry, which goes when this is dropped.
struct Registry {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl Registry {
    /// `None`: what is needed cannot be had here, which was said.
    async fn start() -> Option<Self> {
        let needed =
            program("buildah", "buildah").and_then(|_| program("docker-registry", "docker-registry"));
        let registry = match needed {
            Ok(registry) => registry,
            Err(error) if !required() => {
                let _unseen = writeln!(std::io::stderr(), "SKIPPED: {error}");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        let folder = TempDir::new().unwrap();
        let config =
            "version: 0.1\nstorage: {filesystem: {rootdirectory: data}}\nhttp: {addr: '127.0.0.1:0'}\n";
        fs::write(folder.path().join("config.yml"), config).unwrap();
        let log = folder.path().join("log");
        let child = Command::new(registry)
            .args(["serve", "config.yml"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut address = String::new();
        until("the registry listens", || {
            let said = fs::read_to_string(&log).unwrap();
            let listens =
                said.split_once("listening on ").and_then(|(_, rest)| rest.split(['"', ' ', '\n']).next());
            listens.unwrap_or_default().clone_into(&mut address);
            !address.is_empty()
        })
        .await;
        Some(Self { child, address, _folder: folder })
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// An image of one file, with these hooks.
fn pipeline(registry: &Registry, more: &str) -> String {
    format!(
        "stages:
- {{name: Write, step: {{run: \"printf 'FROM scratch\\\\nCOPY Dockerfile /\\\\n' > Dockerfile\"}}}}
- name: Image
  image:
    repository: {}/shop/cart
    tag: '1.4'
    insecure: true
{more}",
        registry.address
    )
}

#[tokio::test]
async fn hooks_see_what_was_published_and_hand_on_what_they_made() {
    let Some(registry) = Registry::start().await else { return };
    let world = World::new().await;
    let hooks = r#"
    hooks:
      sbom: |
        echo "$IMAGE $DIGEST" > sbom.json
        echo "sbom=sbom.json" >> "$WEIR_OUTPUT"
      sign: |
        test -s sbom.json
        echo "signed=$IMAGE@$DIGEST" >> "$WEIR_OUTPUT"
        echo "digest=none" >> "$WEIR_OUTPUT"
"#;
    let run = world.run(&pipeline(&registry, hooks)).await;
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    let outputs = &run.stage("image").unwrap().outputs;
    let digest = outputs["digest"].as_str().unwrap();
    assert!(digest.starts_with("sha256:") && digest.len() == 71, "no hook says what was published: {digest}");
    let name = format!("{}/shop/cart:1.4", registry.address);
    assert_eq!(outputs["signed"], format!("{name}@{digest}"));
    assert_eq!(outputs["sbom"], "sbom.json");
    let written = fs::read_to_string(world.runner.store().workspace("shop-1").join("sbom.json")).unwrap();
    assert_eq!(written, format!("{name} {digest}\n"));
}

#[tokio::test]
async fn a_hook_that_fails_fails_the_stage_which_says_what_is_published() {
    let Some(registry) = Registry::start().await else { return };
    let world = World::new().await;
    let hooks = r#"
    hooks:
      sbom: "echo looking; echo 'no catalogue' >&2; false; touch went-on"
      sign: touch signed
- name: After
  step: {run: "true"}
"#;
    let run = world.run(&pipeline(&registry, hooks)).await;
    assert_eq!(run.status, Status::Terminal);
    let told = reason(&run);
    let published = format!("stage \"Image\" failed: {}/shop/cart:1.4@sha256:", registry.address);
    let failed = " is published, and `hooks.sbom` failed: exit code 1: no catalogue";
    assert!(told.starts_with(&published) && told.ends_with(failed), "{told}");
    assert_eq!(run.stage("after").unwrap().standing.status(), Status::NotRun);
    let workspace = world.runner.store().workspace("shop-1");
    assert!(!workspace.join("went-on").exists() && !workspace.join("signed").exists());

    // Where nothing is published, nobody says so; and another attempt publishes the same image once more.
    let run = world.run(&pipeline(&registry, "    dockerfile: Write\n    target: none\n")).await;
    assert!(!reason(&run).contains("is published"), "{}", reason(&run));
    let hooks = r#"
    hooks: {sign: "echo \"at=$DIGEST\" >> \"$WEIR_OUTPUT\"; if ! [ -e tried ]; then echo \"$DIGEST\" > tried; exit 7; fi"}
  retries: {limit: 1, on: any, backoff: {initial: 1ms}}
"#;
    let run = world.run(&pipeline(&registry, hooks)).await;
    assert_eq!((run.status, run.stage("image").unwrap().attempt), (Status::Succeeded, 2), "{run:#?}");
    let before = fs::read_to_string(world.runner.store().workspace(&run.id).join("tried")).unwrap();
    assert_eq!(run.stage("image").unwrap().outputs["digest"], before.trim());
    assert_eq!(run.stage("image").unwrap().outputs["at"], before.trim());
}
