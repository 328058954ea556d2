# The operator's image: Node and one bundle. Any image with glibc and libstdc++ does as RUNTIME_IMAGE, a distroless one
# too: nothing here needs a shell. For a release pin both by digest, as node:26.10.0-bookworm-slim@sha256:... .
ARG NODE_IMAGE=node:26.10.0-bookworm-slim
ARG RUNTIME_IMAGE=debian:bookworm-slim

# The bundle is the same for every platform, so it is made once, on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY LICENSE tsconfig.json ./
COPY scripts scripts
COPY src src
RUN node scripts/build.ts

# Node for the platform of the image.
FROM ${NODE_IMAGE} AS node

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=
LABEL org.opencontainers.image.title="access-key-operator" \
      org.opencontainers.image.description="Kubernetes operator for S3 access keys in MinIO stores" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build /src/dist /app
ENV NODE_ENV=production
WORKDIR /app
USER 65532:65532
EXPOSE 8080
# No diagnostic reports and no inspector: both would show what is in memory. Flags here go before NODE_OPTIONS.
ENTRYPOINT ["/usr/local/bin/node", "--no-report-on-fatalerror", "--no-report-uncaught-exception", "--no-report-on-signal", "--disable-sigusr1", "/app/main.mjs"]
