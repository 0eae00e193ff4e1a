//! How the API runs, in its repository: the same in homologation and in production, but for its environment, the way to it, and its Canary.

use anyhow::Result;

use crate::node_sources::Sources;

/// Adds them to the sources, in the folder `manifests`. The way in is what `ingress` adds to the Ingress' spec, a line each, and the host that its rule has.
pub fn add(sources: &Sources, ingress: &str, host: Option<&str>) -> Result<()> {
    let rule = host.map_or_else(String::new, |host| format!("host: {host}\n    "));
    let ingress = INGRESS.replace("  #SPEC\n", ingress).replace("RULE", &rule);
    for (name, text) in [
        ("deployment.yaml", DEPLOYMENT),
        ("service.yaml", SERVICE),
        ("production/ingress.yaml", &ingress),
        ("production/canary.yaml", CANARY),
    ] {
        sources.write(&format!("manifests/{name}"), text)?;
    }
    Ok(())
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: '${ application }'
spec:
  replicas: 2
  revisionHistoryLimit: 2
  selector: {matchLabels: {app: '${ application }'}}
  template:
    metadata: {labels: {app: '${ application }'}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: api
        image: '${ imageUrl }'
        ports: [{name: http, containerPort: 3000}]
        env:
        - {name: NODE_ENV, value: '${ env.NODE_ENV }'}
        - {name: API_PORT, value: '3000'}
        - {name: API_HOST, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        # Patient: that a machine is busy takes no pod away.
        readinessProbe: {httpGet: {path: /health, port: http}, periodSeconds: 1, timeoutSeconds: 10}
        # Until everybody who sends to it has noticed that it leaves.
        lifecycle: {preStop: {sleep: {seconds: 3}}}
";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: '${ application }'}
spec:
  selector: {app: '${ application }'}
  ports: [{name: http, port: 80, targetPort: http}]
";

const INGRESS: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: '${ application }'
  annotations: {nginx.ingress.kubernetes.io/rewrite-target: /}
spec:
  #SPEC
  rules:
  - RULEhttp: {paths: [{path: '${ servicePath }', pathType: Prefix, backend: {service: {name: '${ application }', port: {name: http}}}}]}
";

/// The margins are those of a machine that does much else.
const CANARY: &str = "apiVersion: weir.dev/v1alpha1
kind: Canary
metadata: {name: '${ application }'}
spec:
  targetRef: {name: '${ application }'}
  service: '${ application }'
  strategy: {canary: {steps: [{setWeight: 20}, {analysis: {maxDuration: 90s, onInsufficient: abort}}]}}
  analysis:
    errors: {margin: {absolutePercent: 0.1}, tolerance: {absolutePercent: 5}}
    latency: {margin: {absolutePercent: 10}, tolerance: {absolutePercent: 25}}
";
