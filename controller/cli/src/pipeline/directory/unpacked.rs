//! Images of registries as programs of this machine: pulled and unpacked by buildah, and run with their folder as the root.
//!
//! ```text
//! STATE/images/HASH/root           the image's files
//! STATE/images/HASH/image.json     what buildah says of it
//! ```
//! Nothing more is kept of an image, and none that no object names any more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::process::Command;
use weir_directory::fnv1a;
use weir_pipeline::event::Fault;

use crate::supervise;

/// Pulls and unpacks. Storage is for this image alone: vfs keeps each layer whole. What the pods' root folder is to have of the machine's is made here.
const PULL: &str = r#"
set -- --root "$STORAGE/root" --runroot "$STORAGE/run" --storage-driver vfs --storage-opt vfs.ignore_chown_errors=true
container=$(buildah "$@" from --tls-verify="$TLS_VERIFY" "docker://$IMAGE")
mounted=$(buildah "$@" mount "$container")
mkdir -p "$FOLDER/root"
cp -a "$mounted/." "$FOLDER/root"
chmod u+w "$FOLDER/root"
cd "$FOLDER/root"
mkdir -p dev proc sys tmp etc
touch etc/resolv.conf etc/hosts
buildah "$@" inspect --type container "$container" > "$FOLDER/image.json"
buildah "$@" rm "$container" > /dev/null
"#;

/// Runs a program with the image's folder as root, among the machine's devices and processes, in the same process.
const RUN: &str = r#"
root=$1 directory=$2 unshare=$3 mount=$4
shift 4
for folder in dev proc sys; do "$mount" --rbind "/$folder" "$root/$folder"; done
for file in etc/resolv.conf etc/hosts; do [ ! -e "/$file" ] || "$mount" --bind "/$file" "$root/$file"; done
exec "$unshare" --root="$root" --wd="$directory" -- "$@"
"#;

/// What runs an image, and the rights it takes.
#[derive(Debug)]
struct Programs {
    shell: PathBuf,
    unshare: PathBuf,
    mount: PathBuf,
    is_root: bool,
}

/// Whether an image's name says which registry it is in; all others are names for programs of this machine.
pub(super) fn is_of_registry(image: &str) -> bool {
    let host = image.split_once('/').map(|(host, _)| host);
    host.is_some_and(|host| host == "localhost" || host.contains(['.', ':']))
}

/// A `LocalImage` that runs an image of a registry, which is pulled where it is not there yet.
pub(super) async fn local_image(images: &Path, image: &str) -> Result<Value, Fault> {
    let programs = Programs::find(image)?;
    let folder = images.join(hash(image));
    if !folder.join("image.json").is_file() {
        pull(images, image, &folder, programs.is_root).await?;
    }
    let read = fs::read(folder.join("image.json")).map_err(Fault::infrastructure)?;
    let read: Value = serde_json::from_slice(&read).map_err(Fault::infrastructure)?;
    let folder = std::path::absolute(folder).map_err(Fault::infrastructure)?;
    Ok(object(image, &folder.join("root"), &read, &programs))
}

/// The image that a `LocalImage` of [`local_image`] runs; `None`: somebody else has written it.
pub(super) fn unpacks(object: &Value) -> Option<&str> {
    let image = object.pointer("/spec/image")?.as_str()?;
    (object.pointer("/metadata/name")?.as_str()? == name(image)).then_some(image)
}

/// Removes what is unpacked of an image.
pub(super) fn remove(images: &Path, image: &str) -> std::io::Result<()> {
    let folder = images.join(hash(image));
    if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) }
}

/// The name of its `LocalImage`.
pub(super) fn name(image: &str) -> String {
    format!("unpacked-{}", hash(image))
}

fn hash(image: &str) -> String {
    format!("{:016x}", fnv1a(image.as_bytes()))
}

async fn pull(images: &Path, image: &str, folder: &Path, is_root: bool) -> Result<(), Fault> {
    let part = images.join(".part");
    for path in [&part, folder] {
        if path.exists() {
            fs::remove_dir_all(path).map_err(Fault::infrastructure)?;
        }
    }
    fs::create_dir_all(&part).map_err(Fault::infrastructure)?;
    let part = part.canonicalize().map_err(Fault::infrastructure)?;
    // Who is not root has the files of an image mounted in a namespace of users only.
    let mut command = if is_root { Command::new("sh") } else { Command::new("buildah") };
    if !is_root {
        command.args(["unshare", "--", "sh"]);
    }
    let command = command
        .args(["-e", "-c", PULL])
        .env("IMAGE", image)
        .env("STORAGE", part.join("storage"))
        .env("FOLDER", part.join("unpacked"))
        .env("TLS_VERIFY", (!is_loopback(image)).to_string());
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.map_err(|error| needs("buildah", image, &error))?;
    if !output.status.success() {
        return Err(refused(image, &output));
    }
    fs::rename(part.join("unpacked"), folder).map_err(Fault::infrastructure)?;
    fs::remove_dir_all(part).map_err(Fault::infrastructure)
}

/// As with Docker, nobody on the way can change what comes from this machine.
fn is_loopback(image: &str) -> bool {
    let host = image.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What a registry refuses is no matter of another try.
fn refused(image: &str, output: &Output) -> Fault {
    let told = String::from_utf8_lossy(&output.stderr);
    let last = told.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("buildah says nothing");
    let message = format!("image {image} cannot be pulled: {}", last.trim());
    let is_final = ["unknown", "unauthorized", "denied", "not found", "invalid reference"];
    if is_final.iter().any(|words| message.contains(words)) {
        Fault::work(message)
    } else {
        Fault::infrastructure(message)
    }
}

fn needs(program: &str, image: &str, why: &dyn std::fmt::Display) -> Fault {
    Fault::work(format!(
        "image {image} runs here by {program}, which cannot be started ({why}): install it, or apply a LocalImage with spec.image: {image:?}"
    ))
}

impl Programs {
    fn find(image: &str) -> Result<Self, Fault> {
        let find = |program: &str| {
            supervise::on_path(program).ok_or_else(|| needs(program, image, &"it is not on PATH"))
        };
        Ok(Self {
            shell: find("sh")?,
            unshare: find("unshare")?,
            mount: find("mount")?,
            is_root: rustix::process::geteuid().is_root(),
        })
    }
}

fn object(image: &str, root: &Path, read: &Value, programs: &Programs) -> Value {
    let config = read.pointer("/OCIv1/config").cloned().unwrap_or_default();
    let texts = |field: &str| -> Vec<String> {
        let texts = config.get(field).and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let directory = config.get("WorkingDir").and_then(Value::as_str).filter(|path| !path.is_empty());
    let unshare = shown(&programs.unshare);
    let mut within = vec![unshare.clone()];
    if !programs.is_root {
        within.extend(["--user", "--map-root-user"].map(str::to_owned));
    }
    within.extend([
        "--mount".to_owned(),
        shown(&programs.shell),
        "-ec".to_owned(),
        RUN.to_owned(),
        "weir-image".to_owned(),
    ]);
    within.extend([shown(root), directory.unwrap_or("/").to_owned(), unshare, shown(&programs.mount)]);
    let env: serde_json::Map<String, Value> = texts("Env")
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "LocalImage",
        "metadata": {"name": name(image), "namespace": "default"},
        "spec": {"image": image, "entrypoint": texts("Entrypoint"), "args": texts("Cmd"), "within": within, "env": env},
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, is_of_registry};

    #[test]
    fn a_name_says_whether_it_is_in_a_registry_and_in_one_of_this_machine() {
        for (image, of_registry, loopback) in [
            ("shop:v1", false, false),
            ("team/shop:v1", false, false),
            ("registry.example/shop@sha256:abc", true, false),
            ("localhost/shop", true, true),
            ("127.0.0.1:5000/team/shop:v1", true, true),
            ("10.0.0.1:5000/shop", true, false),
        ] {
            assert_eq!((is_of_registry(image), is_loopback(image)), (of_registry, loopback), "{image}");
        }
    }
}
