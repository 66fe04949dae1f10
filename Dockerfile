# One file for everything that is made into an image: a sandbox image per language (the targets are
# the languages' slugs) and, last, the web application.
#
# BASE is any Debian 12 root file system: the official slim image where a registry answers, else one
# bootstrapped from the distribution's packages (`manage.py build_images` decides). The runtimes
# come from the distribution in both cases, so that a sandbox is the same wherever it was built.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS supervisor
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY executor/sandbox/supervisor /build/
# Readable, though not to be would keep the process undumpable from its very start (would_dump()): gVisor
# starts nothing that it may not read. The supervisor makes itself undumpable before it starts anything.
RUN cd /build && gcc -std=gnu17 -O2 -Wall -Wextra -Werror -static -s -o supervisor \
        supervisor.c request.c report.c counters.c bytes.c && chmod 0555 supervisor
RUN gcc -std=gnu17 -O2 -Wall -Wextra -Werror -shared -fPIC -s -o /build/libnss_sandbox.so.2 /build/nss_sandbox.c

FROM ${BASE} AS python-root
RUN apt-get update && apt-get install -y --no-install-recommends python3 libnss-myhostname
COPY executor/images/prune.sh /
RUN sh /prune.sh && rm /prune.sh \
    && mkdir -p /app /sandbox /run/program && ln -s /run/program/script.py /app/script.py
COPY executor/images/etc /etc
COPY --from=supervisor /build/supervisor /sandbox/
COPY --from=supervisor /build/libnss_sandbox.so.2 /usr/lib/
COPY executor/languages/python/run.py /sandbox/run_python.py

# One layer, so that what was pruned is not still there underneath.
FROM scratch AS python
COPY --from=python-root / /
USER 10001:10001
WORKDIR /app

FROM ${BASE} AS javascript-root
RUN apt-get update && apt-get install -y --no-install-recommends nodejs libnss-myhostname
COPY executor/images/prune.sh /
RUN sh /prune.sh && rm /prune.sh \
    && mkdir -p /app /sandbox /run/program && ln -s /run/program/script.js /app/script.js \
    && ln -s /run/program/script.js /app/script.mjs
COPY executor/images/etc /etc
COPY --from=supervisor /build/supervisor /sandbox/
COPY --from=supervisor /build/libnss_sandbox.so.2 /usr/lib/
COPY executor/languages/javascript/run.js /sandbox/run_node.js
COPY executor/languages/javascript/snapshot.js /sandbox/snapshot_node.js
# Only good for the very binary, and the kind of processor, that it was made by and on.
RUN node --no-warnings --snapshot-blob /sandbox/node.snapshot --build-snapshot /sandbox/snapshot_node.js

FROM scratch AS javascript
COPY --from=javascript-root / /
USER 10001:10001
WORKDIR /app

# The site. It talks to an engine (the socket, or DOCKER_HOST); see docs/security.md for what that means.
FROM ${BASE} AS web
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* && useradd --uid 10000 --home-dir /srv/app site \
    && install -d -m 0700 -o site /var/lib/safe-code-executor
WORKDIR /srv/app
COPY requirements.txt ./
RUN python3 -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY Dockerfile manage.py ./
COPY config config
COPY executor executor
COPY submissions submissions
COPY templates templates
ENV VAR_DIR=/var/lib/safe-code-executor BIND=0.0.0.0:5000 DJANGO_HTTPS=yes PYTHONUNBUFFERED=1
USER site
EXPOSE 5000
CMD ["sh", "-c", ".venv/bin/python manage.py migrate --verbosity 0 && exec .venv/bin/python -m config.server"]
