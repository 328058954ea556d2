# The operator's image: Node, the libraries that it needs, and one bundle. No shell and no package manager, since what
# runs here holds the credentials of stores. For a release pin the base: NODE_IMAGE=node:26.10.0-bookworm-slim@sha256:...
ARG NODE_IMAGE=node:26.10.0-bookworm-slim

# The bundle is the same for every platform, so it is made once, on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY LICENSE tsconfig.json ./
COPY scripts scripts
COPY src src
RUN node scripts/build.ts

# Node of the image's own platform with the libraries that it is linked to. Scanners find the versions of Debian's
# packages in status.d, as they do in distroless images.
FROM ${NODE_IMAGE} AS node
RUN set -eu; \
    mkdir -p /image/etc /image/tmp /image/var/lib/dpkg/status.d; \
    libraries=$(ldd /usr/local/bin/node | grep -o '/[^ ]*'); \
    cp --parents -L /usr/local/bin/node $libraries /etc/os-release /image; \
    for library in $libraries; do \
      for package in $(dpkg-query -S "*/${library##*/}" | cut -d: -f1 | sort -u); do \
        dpkg-query -s "$package" > "/image/var/lib/dpkg/status.d/$package"; \
        cp --parents -L "/usr/share/doc/$package/copyright" /image 2>/dev/null || true; \
      done; \
    done; \
    echo 'nonroot:x:65532:65532:nonroot:/:/none' > /image/etc/passwd; \
    chmod 1777 /image/tmp

FROM scratch
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
COPY --from=node /image /
COPY --from=build /src/dist /app
# Half of the threads may wait for the DNS of stores, of each owner one.
ENV PATH=/usr/local/bin NODE_ENV=production MALLOC_ARENA_MAX=1 UV_THREADPOOL_SIZE=16
WORKDIR /app
USER 65532:65532
EXPOSE 8080 8081
# No diagnostic reports and no inspector: both would show what is in memory. Flags here go before NODE_OPTIONS. The two of
# the heap, and one arena for malloc, keep what is resident near what is in use (docs/performance.md).
ENTRYPOINT ["/usr/local/bin/node", "--no-report-on-fatalerror", "--no-report-uncaught-exception", "--no-report-on-signal", "--disable-sigusr1", "--max-semi-space-size=8", "--heap-growing-percent=50", "/app/main.mjs"]
