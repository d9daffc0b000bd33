# The server: one static binary on a base without a shell. The dashboard has a container of its
# own, so a changed component does not rebuild this one.
ARG GO_IMAGE=golang:1.26.8-bookworm
ARG RUNTIME_IMAGE=gcr.io/distroless/static-debian12:nonroot

FROM ${GO_IMAGE} AS modules
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS=-buildvcs=false
COPY go.mod go.sum ./
RUN go mod download

# Sources are mounted by compose.dev.yaml; air builds and restarts.
FROM modules AS dev
ARG AIR_VERSION=v1.67.4
RUN --mount=type=cache,target=/root/.cache/go-build go install github.com/air-verse/air@${AIR_VERSION}
CMD ["deploy/dev/server"]

FROM modules AS build
COPY . .
ARG VERSION=dev
ARG COMMIT=unknown
RUN --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}" -o /out/jirasync .

FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=build /out/jirasync /jirasync
USER 65532:65532
ENV LISTEN_ADDR=0.0.0.0 PORT=8987
EXPOSE 8987
ENTRYPOINT ["/jirasync"]
CMD ["serve"]
