//! Files that the programs read: credentials, and a configuration for each that takes one.

use std::fmt::Write;
use std::fs::{self, File};
use std::io::Read;

use anyhow::Result;
use serde_json::{Value, json};

use super::certificates::Certificates;
use super::network::{API_SERVER, NODE_ADDRESS, PODS};
use super::{NODE, OUTSIDE, Site};
use crate::{image, prerequisites};

/// Credentials of the administrator, for programs inside.
pub(crate) const ADMIN: &str = "/run/weir/outside/inside.kubeconfig";
/// Folder of CNI configurations.
pub(crate) const CNI: &str = "/run/weir/private/cni";
/// Where containerd listens.
pub(crate) const CONTAINERD: &str = "/run/weir/private/containerd.sock";

/// Each with a token of its own: its file's name, the user that it is, the groups that it belongs to.
const USERS: [(&str, &str, &str); 5] = [
    ("admin", "admin", "system:masters"),
    ("kube-controller-manager", "system:kube-controller-manager", ""),
    ("kube-scheduler", "system:kube-scheduler", ""),
    ("kube-proxy", "system:kube-proxy", ""),
    ("kubelet", "system:node:weir", "system:nodes"),
];

/// Path of a file that only the cluster's own programs read.
pub(crate) fn private(name: &str) -> String {
    format!("{}/{name}", super::PRIVATE)
}

/// Writes all of them.
pub(crate) fn write(site: &Site) -> Result<()> {
    credentials(site)?;
    fs::create_dir_all(CNI)?;
    fs::write(format!("{CNI}/10-weir.conflist"), cni().to_string())?;
    fs::write(private("containerd.toml"), containerd())?;
    fs::write(private("kubelet.json"), kubelet(&site.cgroup).to_string())?;
    fs::write(private("kube-proxy.json"), kube_proxy().to_string())?;
    fs::write(private("audit.json"), audit().to_string())?;
    fs::write(private("resolv.conf"), "")?;
    Ok(())
}

fn credentials(site: &Site) -> Result<()> {
    let made = Certificates::make()?;
    let outside = |name: &str| format!("{OUTSIDE}/{name}");
    fs::write(outside("ca.pem"), &made.authority)?;
    fs::write(private("server.pem"), &made.server.0)?;
    fs::write(private("server.key"), &made.server.1)?;
    fs::write(private("front.pem"), &made.front.0)?;
    fs::write(private("front.key"), &made.front.1)?;
    fs::write(private("tokens.key"), &made.service_accounts.0)?;
    fs::write(private("tokens.pub"), &made.service_accounts.1)?;
    let mut tokens = String::new();
    for (name, user, groups) in USERS {
        let token = token()?;
        writeln!(tokens, "{token},{user},{name},\"{groups}\"")?;
        if name == "admin" {
            fs::write(outside("kubeconfig"), kubeconfig(&site.relay.to_string(), &token))?;
            fs::write(ADMIN, kubeconfig(API_SERVER, &token))?;
        } else {
            fs::write(private(&format!("{name}.kubeconfig")), kubeconfig(API_SERVER, &token))?;
        }
    }
    fs::write(private("ca.pem"), &made.authority)?;
    fs::write(private("tokens.csv"), tokens)?;
    Ok(())
}

fn token() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// The authority's certificate lies beside it.
fn kubeconfig(server: &str, token: &str) -> String {
    let text = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "weir", "cluster": {
            "server": format!("https://{server}"),
            "certificate-authority": "ca.pem",
        }}],
        "users": [{"name": "weir", "user": {"token": token}}],
        "contexts": [{"name": "weir", "context": {"cluster": "weir", "user": "weir"}}],
        "current-context": "weir",
    });
    format!("{text:#}\n")
}

/// A cable from each pod to the node rather than a bridge: all traffic between pods is routed, so that the answers of a Service come from
/// the Service's address without help from the bridge's packet filter, a kernel module that a machine may lack.
fn cni() -> Value {
    json!({
        "cniVersion": "0.4.0",
        "name": "weir",
        "plugins": [{
            "type": "ptp",
            "ipMasq": false,
            "ipam": {
                "type": "host-local",
                "dataDir": "/run/weir/private/addresses",
                "ranges": [[{"subnet": PODS}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }],
    })
}

/// `restrict_oom_score_adj`: a cluster that itself runs in a container may not protect its processes from the lack of memory.
fn containerd() -> String {
    format!(
        r#"version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
oom_score = 0
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
address = "{CONTAINERD}"
[ttrpc]
address = "{CONTAINERD}.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
restrict_oom_score_adj = true
disable_apparmor = true
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "{registries}"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{CNI}"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"#,
        pause = image::PAUSE,
        registries = super::REGISTRIES,
        plugins = prerequisites::cni_plugins().display(),
    )
}

fn kubelet(cgroup: &str) -> Value {
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE_ADDRESS,
        "authentication": {"anonymous": {"enabled": true}, "webhook": {"enabled": false}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": format!("/{cgroup}"),
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": format!("unix://{CONTAINERD}"),
        "enforceNodeAllocatable": [],
        "evictionHard": {"memory.available": "0%", "nodefs.available": "0%", "imagefs.available": "0%"},
        "failCgroupV1": false,
        "failSwapOn": false,
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "oomScoreAdj": 0,
        "resolvConf": private("resolv.conf"),
        "volumePluginDir": "/var/lib/kubelet/plugins",
    })
}

/// What pods ask of the API server is written down, and nothing that its own programs do: a line for each request when it begins, and one for
/// its answer.
fn audit() -> Value {
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "rules": [
            {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
            {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
            {"level": "None"},
        ],
    })
}

/// In this mode it needs the program nft and no module of iptables. Of connections it counts what the kernel counts anyway.
fn kube_proxy() -> Value {
    json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": private("kube-proxy.kubeconfig")},
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpCloseWaitTimeout": "0s", "tcpEstablishedTimeout": "0s"},
        "hostnameOverride": NODE,
        "mode": "nftables",
        "oomScoreAdj": 0,
    })
}
