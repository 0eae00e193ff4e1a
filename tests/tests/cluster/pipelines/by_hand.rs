//! What commands of a pipeline do, in pods as their rights have it: fetch, install, test beside a database, build and publish an image.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::state::USER;
use crate::case::Case;
use crate::installed::{WITHIN, until};

const FETCH: &str = r#"set -e
mkdir "$STATE/$POD"; cd "$STATE/$POD"
git init -q .; git fetch -q --no-tags --depth=1 "$REPOSITORY" "$COMMIT"; git checkout -q --detach FETCH_HEAD
"#;

const TEST: &str = r#"ln -s "$STATE/caches/flags-api/npm" .npm
npm ci --no-audit --no-fund --cache "$PWD/.npm"
npm run lint
npm run test:ci:cover
"#;

/// Files of the base that are others' are the builder's where he is the only user that he has.
const BUILD: &str = r#"set -- --log-level error --root "$PWD/root" --runroot "$PWD/run" --storage-driver vfs --storage-opt vfs.ignore_chown_errors=true
buildah "$@" build --quiet --tls-verify=false --isolation chroot --layers --format docker --file "$DOCKERFILE" --tag "$IMAGE" .
buildah "$@" push --quiet --tls-verify=false --digestfile digest "$IMAGE" "docker://$IMAGE"
echo "published $(cat digest)"
"#;

/// No right at all. A Dockerfile that only copies needs none but a user namespace, which the runtime's own profile of system calls denies: none is asked for.
fn nothing() -> Value {
    json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}})
}

/// What `RUN` and other users need besides: a namespace with more users than one, by helpers with these two.
fn several_users() -> Value {
    json!({"allowPrivilegeEscalation": true, "capabilities": {"drop": ["ALL"], "add": ["SETUID", "SETGID"]}})
}

struct Pods<'a> {
    case: &'a Case,
    fixture: &'a Fixture,
    commit: String,
}

impl Pods<'_> {
    fn image(&self, name: &str) -> String {
        format!("{}/team/{name}:{}", self.fixture.registry.address(), self.commit)
    }

    fn pod(&self, name: &str, script: &str, dockerfile: &str, rights: &Value) -> Value {
        let state = self.fixture.state.host_path().display().to_string();
        let command = |script: &str| json!(["sh", "-c", script]);
        let redis = "exec redis-server --port 6379 --save ''";
        let mounted = json!([{"name": "state", "mountPath": state}]);
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {
                "restartPolicy": "Never", "automountServiceAccountToken": false, "enableServiceLinks": false,
                "securityContext": {"runAsUser": USER, "runAsGroup": USER, "fsGroup": USER, "runAsNonRoot": true},
                "volumes": [{"name": "state", "hostPath": {"path": state, "type": "Directory"}}],
                "initContainers": [{
                    "name": "redis", "image": self.fixture.image, "restartPolicy": "Always",
                    "command": command(redis), "workingDir": "/tmp", "securityContext": nothing(),
                    "startupProbe": {"tcpSocket": {"port": 6379}, "periodSeconds": 1, "failureThreshold": 60},
                }],
                "containers": [{
                    "name": "command", "image": self.fixture.image, "command": command(script),
                    "securityContext": rights, "volumeMounts": mounted,
                    "env": [
                        {"name": "STATE", "value": state}, {"name": "POD", "value": name},
                        {"name": "REPOSITORY", "value": self.fixture.git.url}, {"name": "COMMIT", "value": self.commit},
                        {"name": "REDIS_PORT", "value": "6379"},
                        {"name": "IMAGE", "value": self.image(name)}, {"name": "DOCKERFILE", "value": dockerfile},
                    ],
                }],
            },
        })
    }

    /// What it said, once it has ended; its exit code. However long it takes: a command ends by itself.
    fn run(&self, name: &str, script: &str, dockerfile: &str, rights: &Value) -> (String, String) {
        self.case.apply(&[self.pod(name, script, dockerfile, rights)]);
        self.seen(name, "{.status.containerStatuses[0].state['running','terminated'].startedAt}");
        let said = self.case.kubectl(&["logs", name, "--container", "command", "--follow"]);
        let code = self.seen(name, "{.status.containerStatuses[0].state.terminated.exitCode}");
        self.case.say(&format!("{name} has ended with {code}"));
        (said, code)
    }

    /// What its status has there, once it has anything.
    fn seen(&self, name: &str, path: &str) -> String {
        until(&format!("{name} has {path}"), || {
            let output = |path: &str| {
                self.case.kubectl(&["get", "pod", name, "--output", &format!("jsonpath={path}")])
            };
            let seen = output(path);
            if seen.is_empty() { Err(output("{.status}")) } else { Ok(seen) }
        })
    }
}

#[test]
fn commands_in_pods_fetch_install_test_build_and_publish() {
    let Some(case) = Case::begin("by-hand") else { return };
    let Some(fixture) = Fixture::begin(case.installed, "flags-api") else { return };
    let base = &fixture.registry.base;
    let text = format!(
        "FROM {base}\nCOPY --chown=1000:1000 flags.js /app/\nRUN [\"/usr/bin/node\", \"-e\", \"console.log(process.getuid())\"]\n"
    );
    fixture.sources.write("Dockerfile.run", &text).unwrap();
    let commit = fixture.push("main", "Flags from a database");
    let pods = Pods { case: &case, fixture: &fixture, commit };

    let (said, code) = pods.run("tested", &format!("{FETCH}{TEST}"), "", &nothing());
    assert_eq!(code, "0", "{said}");
    for line in ["packages in ", "> eslint .\n"] {
        assert!(said.contains(line), "{line:?} in {said}");
    }
    let build = format!("{FETCH}{BUILD}");
    let (said, code) = pods.run("copied", &build, "Dockerfile", &nothing());
    assert!(code == "0" && said.contains("published sha256:"), "{said}");
    let (said, code) = pods.run("refused", &build, "Dockerfile.run", &nothing());
    assert!(code != "0" && said.contains("1000:1000"), "one user cannot be another: {said}");
    let (said, code) = pods.run("built", &build, "Dockerfile.run", &several_users());
    assert!(code == "0" && said.contains("published sha256:"), "{said}");
    let (said, code) = pods.run("failed", "exit 3", "", &nothing());
    assert_eq!((said.as_str(), code.as_str()), ("", "3"));
    is_served(&pods);
}

/// What was published runs.
fn is_served(pods: &Pods<'_>) {
    let image = pods.image("copied");
    pods.case.installed.node.pull(&image).unwrap();
    pods.case.apply(&[json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "served"},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [{
            "name": "api", "image": image, "imagePullPolicy": "Never",
            "env": [{"name": "API_PORT", "value": "8080"}, {"name": "API_HOST", "value": "0.0.0.0"}],
            "readinessProbe": {"httpGet": {"path": "/flags", "port": 8080}, "periodSeconds": 1},
        }]},
    })]);
    pods.case.kubectl(&["wait", "--for=condition=Ready", "pod/served", WITHIN]);
}
