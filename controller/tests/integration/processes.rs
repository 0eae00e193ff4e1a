//! Local pods as real processes: this very test program, started again as a small HTTP server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use weir_api::{Timestamp, Track};
use weir_controller::catalog::{Catalog, Key};
use weir_controller::ends::Workloads;
use weir_controller::fleet::{Fleet, Pod, run};
use weir_controller::local::{Local, stop_pods, surroundings};
use weir_controller::template::revision;
use weir_directory::StateDirectory;

use crate::world::catalog;

/// Set in the environment of a pod: where it serves.
const LISTEN: &str = "TEST_POD_LISTEN";

/// Not a test: what the pods of the other tests run. Does nothing unless it is one.
#[test]
fn serves_as_a_pod() {
    let Ok(listen) = std::env::var(LISTEN) else { return };
    println!("listening on {listen}");
    let listener = TcpListener::bind(listen).unwrap();
    for mut stream in listener.incoming().flatten() {
        let mut head = [0; 1024];
        let _read = stream.read(&mut head);
        let _written = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
}

fn manifests(images: &[&str]) -> Catalog {
    let program = std::env::current_exe().unwrap();
    let mut text = crate::world::APP.replace(
        "containers: [{name: api, image: \"api:v1\", ports: [{containerPort: 3000}]}]",
        "terminationGracePeriodSeconds: 5\n      containers: [{name: api, image: \"api:v1\", ports: [{containerPort: 3000}],\n        env: [{name: TEST_POD_LISTEN, value: $(POD_IP):3000}],\n        livenessProbe: {httpGet: {path: /health, port: 3000}}}]",
    );
    for image in images {
        let object = format!(
            "---\napiVersion: weir.dev/v1alpha1\nkind: LocalImage\nmetadata: {{name: i-{}}}\nspec:\n  image: \"{image}\"\n  entrypoint: [\"{}\", \"processes::serves_as_a_pod\", \"--exact\", \"--nocapture\"]\n",
            image.replace(':', "-"),
            program.display()
        );
        text.push_str(&object);
    }
    let catalog = catalog(&text);
    assert_eq!(catalog.problems, Vec::<String>::new());
    catalog
}

/// Pods in a state directory, with a clock that runs faster than the world's.
struct Place {
    state: StateDirectory,
    local: Local,
    catalog: Catalog,
    now: Timestamp,
    events: Vec<String>,
}

impl Place {
    fn new(folder: &Path, images: &[&str]) -> Self {
        let state = StateDirectory::open(folder).unwrap();
        let local = Local::open(state.clone(), surroundings()).unwrap();
        let now = Timestamp::from_unix_micros(1_700_000_000_000_000);
        Self { state, local, catalog: manifests(images), now, events: Vec::new() }
    }

    /// The controller is gone without a word; another one opens the same directory.
    fn reopen(&mut self) {
        self.local = Local::open(self.state.clone(), surroundings()).unwrap();
    }

    async fn look(&mut self, wanted: &[(Track, &str, u32)]) -> Vec<Pod> {
        let deployment = Key::new("shop", "api");
        let template = &self.catalog.deployments[&deployment].spec.as_ref().unwrap().template;
        let fleet = |(track, image, replicas): &(Track, &str, u32)| Fleet {
            deployment: deployment.clone(),
            track: *track,
            wanted: run(template, &revision(template, image), *replicas),
            canary: Some(Key::new("shop", "release")),
        };
        let fleets: Vec<Fleet> = wanted.iter().map(fleet).collect();
        self.now = self.now.plus(Duration::from_millis(250));
        let pods = self.local.apply(&fleets, &self.catalog, self.now).await;
        self.events.extend(self.local.take_events().into_iter().map(|event| event.text));
        pods
    }

    /// Looks until `done`.
    async fn until(&mut self, wanted: &[(Track, &str, u32)], done: impl Fn(&[Pod]) -> bool) -> Vec<Pod> {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let pods = self.look(wanted).await;
            if done(&pods) {
                return pods;
            }
            let said = &self.events[..self.events.len().min(10)];
            assert!(Instant::now() < deadline, "never: {pods:#?} {said:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The records of all pods.
    fn records(&self) -> Vec<serde_json::Value> {
        self.state.list("pods").unwrap().iter().map(|file| self.state.read(file).unwrap().unwrap()).collect()
    }

    fn pids(&self) -> Vec<u64> {
        let mut pids: Vec<u64> = self
            .records()
            .iter()
            .map(|pod| pod["containers"][0]["process"]["pid"].as_u64().unwrap())
            .collect();
        pids.sort_unstable();
        pids
    }

    /// Addresses in the slices of a Service.
    fn listed(&self, service: &str) -> Vec<String> {
        let files = self.state.list("objects").unwrap();
        let slices = files.iter().filter(|file| file.contains("endpointslice"));
        let slices = slices.map(|file| self.state.read::<serde_json::Value>(file).unwrap().unwrap());
        let mine =
            slices.filter(|slice| slice["metadata"]["labels"]["kubernetes.io/service-name"] == service);
        let of = |slice: serde_json::Value| slice["endpoints"].as_array().unwrap().clone();
        let ready = mine.flat_map(of).filter(|endpoint| endpoint["conditions"]["ready"] == true);
        ready.map(|endpoint| endpoint["addresses"][0].as_str().unwrap().to_owned()).collect()
    }

    async fn end(&mut self) {
        stop_pods(&self.state, Duration::from_secs(5)).await.unwrap();
    }
}

impl Drop for Place {
    /// A test that failed leaves no process behind.
    fn drop(&mut self) {
        for record in self.records() {
            let pid =
                record["containers"][0]["process"]["pid"].as_u64().and_then(|pid| i32::try_from(pid).ok());
            if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
                let _gone = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
            }
        }
    }
}

fn ready(pods: &[Pod]) -> usize {
    pods.iter().filter(|pod| pod.ready).count()
}

fn is_running(pid: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[tokio::test]
async fn pods_run_at_addresses_of_their_own_and_end_with_their_directory() {
    let folder = tempfile::tempdir().unwrap();
    let mut place = Place::new(folder.path(), &["api:v1", "api:v2"]);
    let wanted = [(Track::Stable, "api:v1", 2), (Track::Canary, "api:v2", 1)];
    place.until(&wanted, |pods| ready(pods) == 3).await;
    place.look(&wanted).await;
    let addresses = [place.listed("http"), place.listed("http-canary")].concat();
    assert_eq!(addresses.len(), 3);
    for address in &addresses {
        let address: SocketAddr = format!("{address}:3000").parse().unwrap();
        assert!(address.ip().is_loopback() && TcpStream::connect(address).is_ok());
    }
    let pids = place.pids();
    let state = place.state.clone();
    assert_eq!(stop_pods(&state, Duration::from_secs(5)).await.unwrap(), 3);
    assert!(pids.iter().all(|pid| !is_running(*pid)), "{pids:?}");
    assert_eq!(place.records(), Vec::<serde_json::Value>::new());
    assert_eq!(stop_pods(&state, Duration::from_secs(5)).await.unwrap(), 0);
}

#[tokio::test]
async fn another_controller_takes_over_the_pods_that_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut place = Place::new(folder.path(), &["api:v1"]);
    let wanted = [(Track::Stable, "api:v1", 2)];
    place.until(&wanted, |pods| ready(pods) == 2).await;
    let (pids, records) = (place.pids(), place.records());
    place.reopen();
    place.until(&wanted, |pods| ready(pods) == 2).await;
    assert_eq!(
        (place.pids(), place.records()),
        (pids.clone(), records),
        "the same processes at the same addresses"
    );
    // Killed between the start of a process and the note of its number.
    let file = place.state.list("pods").unwrap().remove(0);
    let mut record: serde_json::Value = place.state.read(&file).unwrap().unwrap();
    record["containers"][0].as_object_mut().unwrap().remove("process");
    place.state.write(&file, &record).unwrap();
    place.reopen();
    place.until(&wanted, |pods| ready(pods) == 2).await;
    let now: Vec<u64> = pids.iter().copied().filter(|pid| is_running(*pid)).collect();
    assert_eq!(now, pids);
    place.end().await;
}

#[tokio::test]
async fn a_killed_pod_is_explained_and_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut place = Place::new(folder.path(), &["api:v1"]);
    let wanted = [(Track::Stable, "api:v1", 2)];
    place.until(&wanted, |pods| ready(pods) == 2).await;
    let before = place.pids();
    let victim = rustix::process::Pid::from_raw(i32::try_from(before[0]).unwrap()).unwrap();
    rustix::process::kill_process(victim, rustix::process::Signal::KILL).unwrap();
    place.until(&wanted, |pods| ready(pods) == 1).await;
    assert_eq!(place.listed("http").len(), 1, "proxies are told");
    place.until(&wanted, |pods| ready(pods) == 2).await;
    let after = place.pids();
    assert!(after.contains(&before[1]) && !after.contains(&before[0]), "{before:?} {after:?}");
    let said = place.events.iter().find(|event| event.contains("signal 9")).unwrap();
    assert!(
        said.contains("it said: ") && said.contains("starts again in 1s") && said.contains("log: "),
        "{said}"
    );
    place.end().await;
}

#[tokio::test]
async fn an_update_keeps_every_pod_until_its_successor_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let mut place = Place::new(folder.path(), &["api:v1", "api:v2"]);
    place.until(&[(Track::Stable, "api:v1", 2)], |pods| ready(pods) == 2).await;
    let old = place.pids();
    let wanted = [(Track::Stable, "api:v2", 2)];
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let pods = place.look(&wanted).await;
        let leaving = pods.iter().filter(|pod| pod.leaving).count();
        assert!(ready(&pods) >= 2, "never fewer than wanted: {pods:#?}");
        assert!(place.listed("http").len() >= 2);
        if leaving > 0 && old.iter().any(|pid| !is_running(*pid)) {
            assert_eq!(place.listed("http").len(), 2, "a pod that ends is not listed");
        }
        if pods.len() == 2 && pods.iter().all(|pod| !pod.leaving) && ready(&pods) == 2 && place.pids() != old
        {
            break;
        }
        assert!(Instant::now() < deadline, "never: {pods:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(old.iter().all(|pid| !is_running(*pid)));
    place.end().await;
}

#[tokio::test]
async fn an_image_without_a_program_is_named_and_stops_no_other_pod() {
    let folder = tempfile::tempdir().unwrap();
    let mut place = Place::new(folder.path(), &["api:v1"]);
    let wanted = [(Track::Stable, "api:v1", 1), (Track::Canary, "api:v9", 1)];
    let pods = place.until(&wanted, |pods| ready(pods) == 1).await;
    let problem = pods.iter().find(|pod| pod.track == Track::Canary).unwrap().problem.clone().unwrap();
    assert!(problem.contains("\"api:v9\"") && problem.contains("add a LocalImage"), "{problem}");
    assert_eq!(place.events.iter().filter(|event| event.contains("api:v9")).count(), 1, "said once");
    place.end().await;
}
