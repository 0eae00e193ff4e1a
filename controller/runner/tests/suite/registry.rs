//! The registry of the distribution, with images of next to nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use weir_cluster::prerequisites;
use weir_outbound::client::{Answer, Client, Limits};

/// `robin:letmein` as `htpasswd` keeps it, with four rounds of bcrypt.
const ACCOUNTS: &str = "robin:$2b$04$abcdefghijklmnopqrstuuPT0cs.zGMMB9aUG3xKmxLeI//6s0m5C\n";

/// Killed, with its data, when it is dropped.
pub(crate) struct Registry {
    child: Child,
    folder: TempDir,
    /// `127.0.0.1:PORT`.
    pub(crate) at: String,
}

/// The program; `None`: it cannot be had here, which was said.
pub(crate) fn program() -> Option<PathBuf> {
    match prerequisites::program("docker-registry", "docker-registry") {
        Ok(path) => Some(path),
        Err(error) if !prerequisites::required() => {
            let _unseen = writeln!(std::io::stderr(), "SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

impl Registry {
    pub(crate) async fn start(program: &Path, is_private: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let auth = if is_private { "auth: {htpasswd: {realm: cart, path: accounts}}\n" } else { "" };
        let config = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: data}}, delete: {{enabled: true}}}}\nhttp: {{addr: '127.0.0.1:0'}}\n{auth}"
        );
        std::fs::write(folder.path().join("config.yml"), config).unwrap();
        std::fs::write(folder.path().join("accounts"), ACCOUNTS).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(program);
        command.args(["serve", "config.yml"]).current_dir(folder.path()).stdin(Stdio::null());
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut this = Self { child, folder, at: String::new() };
        for _ in 0..3_000 {
            let log = std::fs::read_to_string(this.folder.path().join("log")).unwrap();
            if let Some((_, rest)) = log.split_once("listening on ") {
                this.at = rest.split('"').next().unwrap().to_owned();
                return this;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{}", std::fs::read_to_string(this.folder.path().join("log")).unwrap());
    }

    /// An image whose manifest says this: its digest.
    pub(crate) async fn push(&self, name: &str, tag: &str, says: &str) -> String {
        let config = b"{}";
        let blob = digest(config);
        let begun = self.call("POST", &format!("/v2/{name}/blobs/uploads/"), "", b"").await;
        let upload = begun.headers["location"].to_str().unwrap().to_owned();
        let path = upload.split_once(&self.at).map_or(upload.as_str(), |(_, path)| path);
        let joined = if path.contains('?') { '&' } else { '?' };
        let sent = self
            .call("PUT", &format!("{path}{joined}digest={blob}"), "application/octet-stream", config)
            .await;
        assert_eq!(sent.status, 201, "{}", String::from_utf8_lossy(&sent.body));
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let manifest = json!({
            "schemaVersion": 2, "mediaType": kind, "annotations": {"says": says}, "layers": [],
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": blob, "size": config.len()},
        });
        let manifest = manifest.to_string().into_bytes();
        let sent = self.call("PUT", &format!("/v2/{name}/manifests/{tag}"), kind, &manifest).await;
        assert_eq!(sent.status, 201, "{}", String::from_utf8_lossy(&sent.body));
        digest(&manifest)
    }

    async fn call(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.at))
            .header("content-type", kind)
            .header("authorization", "Basic cm9iaW46bGV0bWVpbg==")
            .body(Bytes::copy_from_slice(body))
            .unwrap();
        let limits = Limits { deadline: Duration::from_secs(10), body_bytes: 1 << 20 };
        Client::new().unwrap().call(request, limits).await.unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
