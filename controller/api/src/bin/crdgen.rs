//! Prints the CustomResourceDefinitions as YAML: `manifests/crd/weir.dev.yaml` is its output.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().lock().write_all(weir_api::crd::yaml().as_bytes())
}
