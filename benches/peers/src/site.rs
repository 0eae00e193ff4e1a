//! What a proxy is asked to be for one measurement, in words that every peer's configuration can be made of.

/// A configuration, whatever the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// What it routes.
    pub(crate) shape: Shape,
    /// TLS 1.3 towards clients, with ALPN for HTTP/2 and HTTP/1.1.
    pub(crate) tls: bool,
    /// Threads; more than one get both CPUs.
    pub(crate) workers: u32,
    /// Instruments need one process that does the work itself, and no master beside it.
    pub(crate) single: bool,
    /// Routes come from where they can be changed while it runs.
    pub(crate) reloads: bool,
}

/// What a site routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Everything to one upstream.
    Plain,
    /// 90 % to one and 10 % to another.
    Split,
    /// HTTP/2 in clear text on both sides.
    Grpc,
    /// So many hosts, `h0.test` and on.
    Hosts(u32),
    /// So many path prefixes, `/p0/` and on.
    Paths(u32),
}

impl Site {
    /// One worker without TLS.
    pub(crate) const fn new(shape: Shape) -> Self {
        Self { shape, tls: false, workers: 1, single: false, reloads: false }
    }

    /// The same with TLS.
    pub(crate) const fn tls(self) -> Self {
        Self { tls: true, ..self }
    }

    /// Whether clients speak HTTP/2 to it.
    pub(crate) fn http2(self) -> bool {
        self.tls || self.shape == Shape::Grpc
    }

    /// Scheme of its URLs.
    pub(crate) fn scheme(self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// A host and a path that it answers.
    pub(crate) fn example(self) -> (&'static str, &'static str) {
        match self.shape {
            Shape::Plain | Shape::Split | Shape::Grpc => ("localhost", "/"),
            Shape::Hosts(_) => ("h0.test", "/"),
            Shape::Paths(_) => ("localhost", "/p0/x"),
        }
    }
}
