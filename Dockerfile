# Images of Weir's programs, one for each: the target is weir-proxy, weir-controller, weir or weir-pipelines.
#
#   docker build --target weir-proxy --tag weir-proxy:0.1.0 .
#   buildah build --target weir-proxy --tag weir-proxy:0.1.0 .
#
# The program is linked statically and all that the image has, but for an empty /tmp and the certificates that Debian trusts: no shell, no package, no library to keep up to date.
# weir-pipelines, where stages check out and build, has Debian's git and buildah besides.

ARG RUST=1.95.0

FROM docker.io/library/rust:${RUST}-bookworm AS builder
ARG RUST
# This compiler, whatever rust-toolchain.toml would fetch.
ENV RUSTUP_TOOLCHAIN=${RUST}
# A C compiler for musl: cryptography (aws-lc-rs) and the allocator (jemalloc) are C.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates cmake musl-tools && rm -rf /var/lib/apt/lists/*
RUN rustup target add "$(uname -m)-unknown-linux-musl"
WORKDIR /weir
COPY . .
# Each program on its own, so that the features of one do not reach the others.
RUN set -eu; for program in weir-proxy weir-controller weir weir-step weir-load; do \
        cargo build --locked --release --package "$program" --target "$(uname -m)-unknown-linux-musl"; \
        mkdir --parents "/images/$program/tmp"; chmod 1777 "/images/$program/tmp"; \
        cp "target/$(uname -m)-unknown-linux-musl/release/$program" "/images/$program/"; \
        mkdir --parents "/images/$program/etc/ssl/certs"; \
        cp /etc/ssl/certs/ca-certificates.crt "/images/$program/etc/ssl/certs/"; \
    done

# What was built elsewhere is taken instead by --build-context builder=FOLDER, with FOLDER/images/PROGRAM/ as the image's root.

FROM scratch AS weir
COPY --from=builder /images/weir /
USER 65532:65532
ENTRYPOINT ["/weir"]

FROM docker.io/library/debian:trixie-slim AS weir-pipelines
# Beside git and ssh for checkouts, buildah: without a daemon and without root. It maps the ids of an image's files by newuidmap and newgidmap, which may that by two capabilities of
# theirs (Debian's own are setuid root, which is more than a pod may be given).
RUN apt-get update \
    && apt-get install --yes --no-install-recommends buildah ca-certificates git libcap2-bin openssh-client uidmap \
    && chmod u-s /usr/bin/newuidmap /usr/bin/newgidmap \
    && setcap cap_setuid=ep /usr/bin/newuidmap && setcap cap_setgid=ep /usr/bin/newgidmap \
    && rm -rf /var/lib/apt/lists/* \
    && echo 'weir:x:65532:65532::/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'weir:x:65532:' >> /etc/group \
    && echo 'weir:100000:65536' > /etc/subuid && echo 'weir:100000:65536' > /etc/subgid
COPY --from=builder /images/weir/weir /images/weir-step/weir-step /images/weir-load/weir-load /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/weir"]

FROM scratch AS weir-controller
COPY --from=builder /images/weir-controller /
USER 65532:65532
ENTRYPOINT ["/weir-controller"]

FROM scratch AS weir-proxy
COPY --from=builder /images/weir-proxy /
# Nobody in particular, as the manifests have it.
USER 65532:65532
ENTRYPOINT ["/weir-proxy"]
