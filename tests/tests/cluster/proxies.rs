//! Each proxy by itself: how it answers, and what its admin port tells.

use std::io::{ErrorKind, Result};
use std::net::{IpAddr, SocketAddr};

use serde_json::Value;
use weir_tests::client::{Answer, Client};

use crate::case::Case;
use crate::installed::{Installed, NAMESPACE};

/// A pod of the proxy.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    pub(crate) name: String,
    address: IpAddr,
}

impl Proxy {
    /// All that are ready and were not told to end.
    pub(crate) fn all(installed: &Installed) -> Vec<Self> {
        let pods = installed.pods_that_stay("weir-proxy").into_iter();
        pods.filter(is_ready)
            .map(|pod| Self {
                name: pod["metadata"]["name"].as_str().unwrap().to_owned(),
                address: pod["status"]["podIP"].as_str().unwrap().parse().unwrap(),
            })
            .collect()
    }

    /// Where it serves.
    pub(crate) const fn http(&self) -> SocketAddr {
        SocketAddr::new(self.address, 8080)
    }

    /// Where it serves by TLS.
    pub(crate) const fn https(&self) -> SocketAddr {
        SocketAddr::new(self.address, 8443)
    }

    /// Its admin port.
    pub(crate) const fn admin(&self) -> SocketAddr {
        SocketAddr::new(self.address, 9901)
    }

    /// A page of its admin port.
    pub(crate) fn page(&self, installed: &Installed, path: &str) -> Answer {
        installed.inside(|| ask(self.admin(), "admin", path)).unwrap()
    }

    /// Which version, with its status, answered each of so many requests for `/shop` of the case's host with this header, one after the other.
    pub(crate) fn answers(&self, case: &Case, header: &str, requests: usize) -> Vec<(String, u16)> {
        case.installed.inside(|| async {
            let mut client = Client::connect(self.http()).await.unwrap();
            let mut answers = Vec::new();
            for _ in 0..requests {
                let head = format!("GET /shop HTTP/1.1\r\nhost: {}\r\n{header}\r\n\r\n", case.host);
                client.send(&head).await.unwrap();
                let answer = client.answer().await.unwrap().unwrap();
                answers.push((answer.version().to_owned(), answer.status));
            }
            answers
        })
    }

    /// What is wrong with the configuration, as it sees it, for objects of a namespace.
    pub(crate) fn problems(&self, installed: &Installed, namespace: &str) -> Vec<String> {
        self.problems_with(installed, &format!("{namespace}/"))
    }

    /// The same for what has this in its name.
    pub(crate) fn problems_with(&self, installed: &Installed, part: &str) -> Vec<String> {
        let problems: Vec<Value> =
            serde_json::from_str(&self.page(installed, "/debug/problems").body).unwrap();
        let ours =
            problems.iter().filter(|problem| problem["file"].as_str().unwrap_or_default().contains(part));
        ours.map(Value::to_string).collect()
    }

    /// A number of its metrics, by the beginning of its line; 0 where it is not told.
    pub(crate) fn metric(&self, installed: &Installed, name: &str) -> f64 {
        let text = self.page(installed, "/metrics").body;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
    }

    /// Its process, as the node numbers it.
    fn process(&self, installed: &Installed) -> String {
        let pods = ["get", "pod", &self.name, "-o", "jsonpath={.status.containerStatuses[0].containerID}"];
        let id = installed.kubectl(&pods);
        let id = id.rsplit('/').next().unwrap_or_default();
        let find = format!("grep -ls {id} /proc/[0-9]*/cgroup | cut -d/ -f3");
        let pid = output(installed, &find);
        let pid = pid.lines().next();
        pid.unwrap_or_else(|| panic!("no process of {} in {NAMESPACE}", self.name)).to_owned()
    }

    /// What the kernel counts of its memory, in bytes.
    pub(crate) fn memory(&self, installed: &Installed) -> u64 {
        let pid = self.process(installed);
        let pss = output(installed, &format!("awk '/^Pss:/ {{print $2}}' /proc/{pid}/smaps_rollup"));
        pss.trim().parse::<u64>().unwrap() * 1024
    }

    /// Sends its process a signal.
    pub(crate) fn signal(&self, installed: &Installed, signal: &str) {
        let pid = self.process(installed);
        let sent = installed.node.command("kill").args([&format!("-{signal}"), &pid]).status().unwrap();
        assert!(sent.success(), "{signal} to {}", self.name);
    }
}

fn output(installed: &Installed, script: &str) -> String {
    let output = installed.node.command("sh").args(["-c", script]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// One GET on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, host: &str, path: &str) -> Result<Answer> {
    ask_on(&mut Client::connect(address).await?, host, path).await
}

/// One GET on this connection.
pub(crate) async fn ask_on(client: &mut Client, host: &str, path: &str) -> Result<Answer> {
    client.send(&format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n")).await?;
    client.answer().await?.ok_or_else(|| ErrorKind::UnexpectedEof.into())
}

/// Who answered: the name of the upstream, or the status where the proxy itself did.
pub(crate) fn said(answer: &Answer) -> String {
    if answer.version().is_empty() { answer.status.to_string() } else { answer.version().to_owned() }
}
