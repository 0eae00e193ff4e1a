//! A small API of Node.js in a repository: sources, tests against a database, lint and coverage.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const PACKAGE: &str = r#"{
  "name": "flags-api", "version": "1.0.0", "type": "module", "private": true,
  "scripts": {
    "lint": "eslint .",
    "scan": "mkdir -p reports && eslint -f json -o reports/eslint.json .",
    "test:ci:cover": "mkdir -p reports coverage && node --test --experimental-test-coverage --test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit --test-reporter-destination=reports/junit.xml --test-reporter=lcov --test-reporter-destination=coverage/lcov.info"
  },
  "devDependencies": {"eslint": "9.17.0"}
}
"#;

const ESLINT: &str = r#"export default [
  {ignores: ["coverage/", "reports/", ".npm/"]},
  {rules: {"no-unused-vars": "error", "prefer-const": "error"}},
];
"#;

/// Flags in a database that speaks Redis' protocol.
const FLAGS: &str = r#"import { connect } from "node:net";

export function ask(port, ...words) {
  const text = `*${words.length}\r\n` + words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("");
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("error", reject);
    socket.on("data", (data) => {
      socket.end();
      resolve(data.toString().split("\r\n").filter((line) => line && !line.startsWith("$")).join(""));
    });
  });
}

export async function isOn(port, flag) {
  return (await ask(port, "GET", flag)) === "on";
}
"#;

const TEST: &str = r#"import { test } from "node:test";
import assert from "node:assert";
import { ask, isOn } from "./flags.js";

const port = Number(process.env.REDIS_PORT);

test("a flag that was switched on is on", async () => {
  await ask(port, "SET", "canary", "on");
  assert.equal(await isOn(port, "canary"), true);
});

test("a flag that nobody knows is off", async () => {
  assert.equal(await isOn(port, "nobody"), false);
});

test("a database that is away is told", async () => {
  await assert.rejects(isOn(1, "canary"));
});
"#;

const SERVER: &str = r#"import { createServer } from "node:http";

const server = createServer((request, response) => {
  response.end(`flags-api at ${request.url}`);
  if (request.method === "POST" && request.url === "/end") setImmediate(() => process.exit(0));
});
server.listen(Number(process.env.API_PORT), "127.0.0.1");
"#;

/// A bare repository that is pushed to, and a clone to push from.
pub(super) struct Sources {
    _folder: TempDir,
    pub(super) bare: PathBuf,
    clone: PathBuf,
}

impl Sources {
    /// The API at its first commit; its image is made of `base`.
    pub(super) fn new(image: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let (bare, clone) = (folder.path().join("flags-api.git"), folder.path().join("clone"));
        git(folder.path(), &["init", "-q", "--bare", "-b", "main", "flags-api.git"]);
        git(folder.path(), &["init", "-q", "-b", "main", "clone"]);
        let this = Self { _folder: folder, bare, clone };
        let dockerfile = format!(
            "FROM {image}\nCOPY package.json server.js flags.js /app/\nCMD [\"/usr/bin/node\", \"/app/server.js\"]\n"
        );
        for (name, text) in [
            ("package.json", PACKAGE),
            ("eslint.config.js", ESLINT),
            ("flags.js", FLAGS),
            ("flags.test.js", TEST),
            ("server.js", SERVER),
            (".gitignore", "node_modules/\n"),
            ("Dockerfile", &dockerfile),
        ] {
            this.write(name, text);
        }
        let locked = Command::new("npm")
            .args(["install", "--package-lock-only", "--no-audit", "--no-fund"])
            .current_dir(&this.clone)
            .output()
            .unwrap();
        assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
        this
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.clone.join(name), text).unwrap();
    }

    /// Commits everything and pushes it to `branch`; its hash.
    pub(super) fn push(&self, branch: &str, message: &str) -> String {
        git(&self.clone, &["add", "-A"]);
        git(
            &self.clone,
            &["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "-q", "-m", message],
        );
        let bare = self.bare.display().to_string();
        git(&self.clone, &["push", "-q", &bare, &format!("HEAD:refs/heads/{branch}")]);
        git(&self.clone, &["rev-parse", "HEAD"])
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
