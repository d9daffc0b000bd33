# TLS in front of the dashboard, with certificates that Caddy fetches and renews by itself.
ARG CADDY_IMAGE=caddy:2.10.0

FROM ${CADDY_IMAGE}
USER root
RUN mkdir -p /data /config && chown 65532:65532 /data /config
COPY deploy/caddy/Caddyfile /etc/caddy/Caddyfile
ENV XDG_DATA_HOME=/data XDG_CONFIG_HOME=/config
USER 65532:65532
EXPOSE 8080 8443
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
