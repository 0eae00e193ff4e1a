# Images of Weir's programs, one for each: the target is weir-proxy, weir-controller or weir.
#
#   docker build --target weir-proxy --tag weir-proxy:0.1.0 .
#   buildah build --target weir-proxy --tag weir-proxy:0.1.0 .
#
# The program is linked statically and all that the image has, but for an empty /tmp and the certificates that Debian trusts: no shell, no package, no library to keep up to date.

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
RUN set -eu; for program in weir-proxy weir-controller weir; do \
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

FROM scratch AS weir-controller
COPY --from=builder /images/weir-controller /
USER 65532:65532
ENTRYPOINT ["/weir-controller"]

FROM scratch AS weir-proxy
COPY --from=builder /images/weir-proxy /
# Nobody in particular, as the manifests have it.
USER 65532:65532
ENTRYPOINT ["/weir-proxy"]
