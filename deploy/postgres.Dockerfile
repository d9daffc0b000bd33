# PostgreSQL as its own account from the first process on: the volume's folder belongs to it, so
# the container needs no root and no capability.
ARG POSTGRES_IMAGE=postgres:17.11-bookworm

FROM ${POSTGRES_IMAGE}
# The tmpfs over the folder of the socket gets its mode from the folder.
USER root
RUN install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data \
 && install -d -o postgres -g postgres -m 1777 /var/run/postgresql
COPY deploy/postgres/hba-tls.conf /etc/postgresql/hba-tls.conf
COPY --chmod=0755 deploy/postgres/start /usr/local/bin/jira-sync-postgres
COPY --chmod=0755 deploy/postgres/account.sh /docker-entrypoint-initdb.d/10-account.sh
ENV PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
USER postgres
ENTRYPOINT ["jira-sync-postgres"]
CMD ["postgres"]
