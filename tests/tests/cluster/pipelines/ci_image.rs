//! One image with everything that commands of a pipeline start: a shell, git, Node.js with npm, buildah, Redis. All of it is this machine's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use weir_cluster::Node;
use weir_cluster::image::Root;
use weir_cluster::prerequisites::program;
use weir_cluster::program::built;

use super::state::USER;
use crate::installed::{Installed, say};

/// What pods call it.
const NAME: &str = "weir.test/ci:1";

/// Debian's packages, and what is taken of each. What scripts need is more than it seems: npm's own begin with `env`, git's with `basename`.
const PROGRAMS: [(&str, &[&str]); 13] = [
    ("dash", &["sh"]),
    (
        "coreutils",
        &[
            "basename", "cat", "chmod", "cp", "cut", "date", "dirname", "echo", "env", "false", "head", "id",
            "ln", "ls", "mkdir", "mv", "printf", "readlink", "rm", "sleep", "sort", "tail", "test", "touch",
            "tr", "true", "uname", "wc",
        ],
    ),
    ("findutils", &["find", "xargs"]),
    ("grep", &["grep"]),
    ("gzip", &["gzip"]),
    ("sed", &["sed"]),
    ("tar", &["tar"]),
    ("git", &["git"]),
    ("nodejs", &["node"]),
    ("buildah", &["buildah"]),
    ("uidmap", &["newuidmap", "newgidmap"]),
    ("redis-server", &["redis-server"]),
    ("redis-tools", &["redis-cli"]),
];

/// Weir's own: the image is the runner's, too.
const OURS: [&str; 3] = ["weir", "weir-step", "weir-load"];

/// Helpers of git for remotes by HTTP, and for submodules.
const GIT_HELPERS: [&str; 6] = [
    "git-remote-http",
    "git-remote-https",
    "git-submodule",
    "git-sh-i18n",
    "git-sh-i18n--envsubst",
    "git-sh-setup",
];

/// Makes it known to the node, once. `None` where programs are missing, which was said.
pub(super) fn loaded(installed: &Installed) -> Option<&str> {
    for (package, names) in PROGRAMS.into_iter().chain([("npm", &["npm"][..]), ("libcap2-bin", &["setcap"])])
    {
        for name in names {
            weir_tests::daemon::installed(name, package).unwrap()?;
        }
    }
    Some(installed.commands.get_or_init(|| {
        let image = load(installed.node).unwrap();
        say("the image of commands is on the node");
        image
    }))
}

fn load(node: &Node) -> Result<String> {
    let environment = [("PATH", "/usr/local/bin:/usr/bin"), ("HOME", "/var/lib/weir")];
    node.load_furnished(NAME, &environment, |root| {
        for (package, names) in PROGRAMS {
            for name in names {
                root.program(&real(name, package)?, &Path::new("/usr/bin").join(name))?;
            }
        }
        for name in OURS {
            root.program(&built(name)?, &Path::new("/usr/local/bin").join(name))?;
        }
        // Scripts begin with `#!/bin/sh`.
        root.link(Path::new("usr/bin"), Path::new("/bin"))?;
        git(root)?;
        npm(root)?;
        images(root)?;
        users(root)
    })
}

/// The base of what pipelines build: Node.js and nothing else.
pub(super) fn node_alone(root: &Root) -> Result<()> {
    root.program(&real("node", "nodejs")?, Path::new("/usr/bin/node"))
}

/// The program itself, where its name is a link.
fn real(name: &str, package: &str) -> Result<PathBuf> {
    let path = program(name, package)?;
    fs::canonicalize(&path).with_context(|| path.display().to_string())
}

fn git(root: &Root) -> Result<()> {
    let said = Command::new("git").arg("--exec-path").output()?;
    let folder = PathBuf::from(String::from_utf8(said.stdout)?.trim());
    for helper in GIT_HELPERS.map(|name| folder.join(name)).iter().filter(|helper| helper.is_file()) {
        root.program(helper, helper)?;
    }
    // It is missed aloud.
    root.make_folder(Path::new("/usr/share/git-core/templates"), 0o755)?;
    let authorities = Path::new("/etc/ssl/certs/ca-certificates.crt");
    if let Ok(text) = fs::read_to_string(authorities) {
        root.write(authorities, &text)?;
    }
    Ok(())
}

/// npm brings its modules along; Debian's lie beside it, a package each.
fn npm(root: &Root) -> Result<()> {
    let script = real("npm", "npm")?;
    let package = script.ancestors().nth(2).context("npm lies in bin/ of its package")?;
    let beside = package.parent().filter(|folder| folder.ends_with("nodejs"));
    root.folder(beside.unwrap_or(package))?;
    root.link(&script, Path::new("/usr/bin/npm"))
}

/// buildah takes images from anybody, and more users than one where it may: its helpers have the right to, by capability, since they are not
/// root's where root may not write what others own.
fn images(root: &Root) -> Result<()> {
    root.write(
        Path::new("/etc/containers/policy.json"),
        "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}\n",
    )?;
    root.write(Path::new("/etc/containers/registries.conf"), "unqualified-search-registries = []\n")?;
    root.make_folder(Path::new("/var/tmp"), 0o1777)?;
    root.capability(Path::new("/usr/bin/newuidmap"), "cap_setuid=ep")?;
    root.capability(Path::new("/usr/bin/newgidmap"), "cap_setgid=ep")
}

fn users(root: &Root) -> Result<()> {
    let passwd = format!(
        "root:x:0:0:root:/root:/bin/sh\nweir:x:{USER}:{USER}:weir:/var/lib/weir:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"
    );
    let more = "weir:100000:65536\n";
    for (path, text) in [
        ("/etc/passwd", passwd.as_str()),
        ("/etc/group", &format!("root:x:0:\nweir:x:{USER}:\nnogroup:x:65534:\n")),
        ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
        ("/etc/subuid", more),
        ("/etc/subgid", more),
    ] {
        root.write(Path::new(path), text)?;
    }
    root.make_folder(Path::new("/var/lib/weir"), 0o1777)
}
