//! The harness of the end-to-end suites: Weir's programs as real processes, over real files and sockets on loopback.
//!
//! ```text
//! daemon       a server of the distribution, as a child process with a folder of its own
//! prometheus   a real Prometheus, asking one target every second
//! program      one program as a child process: started, asked where it listens, killed, gone at the latest with the test
//! standalone   proxy and controller over a manifest folder and a state folder of their own
//! sample       manifests of sample services
//! traffic      upstreams and load in this process
//! client       one HTTP/1.1 connection, answer by answer
//! counts       what the proxy counted, added up
//! load         requests by the clock while a test does something else
//! story        what a controller stored of one Canary, one state after the other
//! github       what GitHub tells of a push
//! hooks        `weir pipeline serve`, told of pushes
//! heard        a server that answers as it is told, and remembers what it was told
//! images       a registry, and images that are made and run by buildah
//! journey      from a push to production, with all that it takes
//! node_sources a repository of an API of Node.js, to push to
//! ports        ports for programs that do not choose one
//! pods         what is written down about local pods
//! processes    processes of this machine, found by the folder that they work in
//! weir         the command `weir`, run to its end
//! serving      a command `weir` that serves until it is killed
//! terminal     a command on a real terminal, read as the screen would show it
//! eventually   waits for a condition with a deadline, and says what it saw last
//! ```
//! `make test` builds the programs first; a test that finds one missing says so and fails.

pub mod client;
pub mod counts;
pub mod daemon;
pub mod eventually;
pub mod github;
pub mod heard;
pub mod hooks;
pub mod images;
pub mod journey;
pub mod load;
pub mod node_sources;
pub mod pods;
pub mod ports;
pub mod processes;
pub mod program;
pub mod prometheus;
pub mod sample;
pub mod serving;
pub mod standalone;
pub mod story;
pub mod terminal;
pub mod traffic;
pub mod weir;
