# Everything that `make test` needs, and a copy of the sources: what the tests write stays inside.
ARG GO_IMAGE=golang:1.26.8-bookworm
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

FROM ${NODE_IMAGE} AS node

FROM ${GO_IMAGE}
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && ln -sf ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
WORKDIR /src
ENV GOFLAGS=-buildvcs=false
COPY scripts/ scripts/
RUN scripts/deps && rm -rf /var/lib/apt/lists/*
COPY go.mod go.sum ./
RUN go mod download
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc frontend/
RUN --mount=type=cache,target=/root/.npm cd frontend && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json
COPY . .
CMD ["make", "test"]
