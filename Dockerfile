# A static program and the certificates that it trusts; nothing else.
#
#     docker build --tag lambdactl .
#     docker run --rm --volume "$PWD:/work" lambdactl validate
FROM rust:1.95-alpine@sha256:606fd313a0f49743ee2a7bd49a0914bab7deedb12791f3a846a34a4711db7ed2 AS build
# The branch of Alpine is that of the image above. It keeps only the newest build of each package, so that a version
# written here would break with the next fix.
# hadolint ignore=DL3018
RUN apk add --no-cache musl-dev gcc g++ make cmake perl ca-certificates
WORKDIR /source
COPY . .
RUN cargo build --release --locked --package lambdactl

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /source/target/release/lambdactl /lambdactl
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["/lambdactl"]
