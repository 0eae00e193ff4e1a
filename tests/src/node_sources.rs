//! A small API of Node.js in a repository: sources, tests against a database, lint and coverage.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
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
server.listen(Number(process.env.API_PORT), process.env.API_HOST ?? "127.0.0.1");
"#;

/// A bare repository that is pushed to, and a clone to push from.
#[derive(Debug)]
pub struct Sources {
    _folder: TempDir,
    bare: PathBuf,
    clone: PathBuf,
}

impl Sources {
    /// The API, not pushed yet; its own image is made of `image`, which has Node.js in `/usr/bin`.
    pub fn new(image: &str) -> Result<Self> {
        let folder = TempDir::new()?;
        let (bare, clone) = (folder.path().join("flags-api.git"), folder.path().join("clone"));
        git(folder.path(), &["init", "-q", "--bare", "-b", "main", "flags-api.git"])?;
        git(folder.path(), &["init", "-q", "-b", "main", "clone"])?;
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
            this.write(name, text)?;
        }
        run("npm", &["install", "--package-lock-only", "--no-audit", "--no-fund"], &this.clone)?;
        Ok(this)
    }

    /// The repository that is fetched from.
    #[must_use]
    pub fn bare(&self) -> &Path {
        &self.bare
    }

    /// Changes a file, or adds one.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.clone.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&path, text).with_context(|| path.display().to_string())
    }

    /// Commits everything and pushes it to `branch`; its hash.
    pub fn push(&self, branch: &str, message: &str) -> Result<String> {
        git(&self.clone, &["add", "-A"])?;
        git(
            &self.clone,
            &["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "-q", "-m", message],
        )?;
        let bare = self.bare.display().to_string();
        git(&self.clone, &["push", "-q", &bare, &format!("HEAD:refs/heads/{branch}")])?;
        git(&self.clone, &["rev-parse", "HEAD"])
    }

    /// Fills `cache` with all packages that the API needs, and tells npm to look nowhere else from the next push on: for where there is no way
    /// out. The lock file may have no addresses, so npm asks its cache by the address of the same registry.
    pub fn keep_packages(&self, cache: &Path) -> Result<()> {
        let folder = TempDir::new()?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(self.clone.join(name), folder.path().join(name))?;
        }
        let cache = cache.display().to_string();
        let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", &cache];
        run("npm", &install, folder.path())?;
        let registry = run("npm", &["config", "get", "registry"], folder.path())?;
        self.write(".npmrc", &format!("offline=true\nregistry={registry}\n"))
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    run("git", arguments, folder)
}

/// What it prints.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<String> {
    let output = Command::new(program).args(arguments).current_dir(folder).output()?;
    if !output.status.success() {
        bail!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
