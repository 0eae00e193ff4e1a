//! The command line of each program.

use std::process::Command;

use super::certificates::FRONT;
use super::configuration::private;
use super::network::{NODE_ADDRESS, SERVICES};
use super::{AUDIT, BINARIES, NODE, OUTSIDE};
use crate::control::Component;

/// How `component` is started.
pub(crate) fn command(component: Component) -> Command {
    let (program, arguments) = match component {
        Component::Containerd => {
            ("containerd".to_owned(), vec!["--config".to_owned(), private("containerd.toml")])
        }
        Component::Etcd => (kubernetes(component), etcd()),
        Component::ApiServer => (kubernetes(component), api_server()),
        Component::ControllerManager => (kubernetes(component), controller_manager()),
        Component::Scheduler => (kubernetes(component), scheduler()),
        Component::Kubelet => (kubernetes(component), kubelet()),
        Component::KubeProxy => {
            (kubernetes(component), vec!["--config".to_owned(), private("kube-proxy.json")])
        }
    };
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn kubernetes(component: Component) -> String {
    format!("{BINARIES}/{component}")
}

/// Its folder is memory, so that there is nothing to write through.
fn etcd() -> Vec<String> {
    let listen = "http://127.0.0.1:2379";
    let peers = "http://127.0.0.1:2380";
    flags(&[
        ("data-dir", "/var/lib/etcd"),
        ("unsafe-no-fsync", "true"),
        ("listen-client-urls", listen),
        ("advertise-client-urls", listen),
        ("listen-peer-urls", peers),
        ("initial-advertise-peer-urls", peers),
        ("initial-cluster", &format!("default={peers}")),
        ("log-level", "warn"),
    ])
}

/// It sends webhooks and aggregated APIs straight to pods, as there is no other way from the node to a Service's name.
fn api_server() -> Vec<String> {
    flags(&[
        ("etcd-servers", "http://127.0.0.1:2379"),
        ("bind-address", NODE_ADDRESS),
        ("advertise-address", NODE_ADDRESS),
        ("secure-port", "6443"),
        ("tls-cert-file", &private("server.pem")),
        ("tls-private-key-file", &private("server.key")),
        ("token-auth-file", &private("tokens.csv")),
        ("authorization-mode", "Node,RBAC"),
        ("enable-admission-plugins", "NodeRestriction"),
        ("service-account-key-file", &private("tokens.pub")),
        ("service-account-signing-key-file", &private("tokens.key")),
        ("service-account-issuer", "https://kubernetes.default.svc"),
        ("service-cluster-ip-range", SERVICES),
        ("allow-privileged", "true"),
        ("audit-policy-file", &private("audit.json")),
        ("audit-log-path", &format!("{OUTSIDE}/{AUDIT}")),
        ("enable-aggregator-routing", "true"),
        ("proxy-client-cert-file", &private("front.pem")),
        ("proxy-client-key-file", &private("front.key")),
        ("requestheader-client-ca-file", &private("ca.pem")),
        ("requestheader-allowed-names", FRONT),
        ("requestheader-username-headers", "X-Remote-User"),
        ("requestheader-group-headers", "X-Remote-Group"),
        ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
        ("kubelet-preferred-address-types", "InternalIP"),
    ])
}

fn controller_manager() -> Vec<String> {
    flags(&[
        ("kubeconfig", &private("kube-controller-manager.kubeconfig")),
        ("use-service-account-credentials", "true"),
        ("service-account-private-key-file", &private("tokens.key")),
        ("flex-volume-plugin-dir", "/var/lib/kubelet/plugins"),
        ("root-ca-file", &private("ca.pem")),
        ("allocate-node-cidrs", "false"),
        ("leader-elect", "false"),
        // Tests look at autoscalers, too.
        ("horizontal-pod-autoscaler-sync-period", "2s"),
        ("horizontal-pod-autoscaler-downscale-stabilization", "10s"),
    ])
}

fn scheduler() -> Vec<String> {
    flags(&[("kubeconfig", &private("kube-scheduler.kubeconfig")), ("leader-elect", "false")])
}

fn kubelet() -> Vec<String> {
    flags(&[
        ("config", &private("kubelet.json")),
        ("kubeconfig", &private("kubelet.kubeconfig")),
        ("hostname-override", NODE),
        ("node-ip", NODE_ADDRESS),
        ("root-dir", "/var/lib/kubelet"),
    ])
}

fn flags(flags: &[(&str, &str)]) -> Vec<String> {
    flags.iter().map(|(name, value)| format!("--{name}={value}")).collect()
}
