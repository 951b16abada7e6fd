# A static program and the certificates that it trusts; nothing else.
#
#     docker build --tag lambdactl .
#     docker run --rm --volume "$PWD:/work" lambdactl validate
FROM rust:1.95-alpine AS build
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
