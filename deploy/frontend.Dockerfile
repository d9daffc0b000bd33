# The dashboard: static files behind an unprivileged nginx, which passes the API on to the server.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim
ARG NGINX_IMAGE=nginx:1.28.0-alpine

FROM ${NODE_IMAGE} AS modules
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund --loglevel=error

# Sources are mounted by compose.dev.yaml; its anonymous volume keeps these node_modules.
FROM modules AS dev
RUN cp package-lock.json node_modules/.installed-lock.json
CMD ["../deploy/dev/dashboard"]

FROM modules AS build
COPY frontend/ ./
COPY graph/*.graphqls ../graph/
# Types are checked by the tests, not once more here.
RUN npx --no-install vite build
COPY deploy/nginx/compress.js /tmp/compress.mjs
RUN node /tmp/compress.mjs dist

FROM ${NGINX_IMAGE} AS runtime
COPY deploy/nginx/nginx.conf /etc/nginx/dashboard.conf
COPY --chmod=0755 deploy/nginx/start /usr/local/bin/dashboard
COPY --from=build /src/frontend/dist /srv/dashboard
USER 101:101
ENV BACKEND_URL=http://backend:8987
EXPOSE 5648
STOPSIGNAL SIGQUIT
ENTRYPOINT ["dashboard"]
CMD []
