# The web application. The sandbox images are made by `manage.py build_images` from executor/images/ and
# the languages' folders.
#
# BASE is any Debian 12 root file system, such as the one that build_images bootstraps where no registry
# answers.
ARG BASE=debian:bookworm-slim

# The site. It talks to an engine (the socket, or DOCKER_HOST); see docs/security.md for what that means.
FROM ${BASE} AS web
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* && useradd --uid 10000 --home-dir /srv/app site \
    && install -d -m 0700 -o site /var/lib/safe-code-executor
WORKDIR /srv/app
COPY requirements.txt ./
RUN python3 -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY manage.py ./
COPY config config
COPY executor executor
COPY submissions submissions
COPY templates templates
COPY docs docs
ENV VAR_DIR=/var/lib/safe-code-executor BIND=0.0.0.0:5000 DJANGO_HTTPS=yes PYTHONUNBUFFERED=1
USER site
EXPOSE 5000
CMD ["sh", "-c", ".venv/bin/python manage.py migrate --verbosity 0 && exec .venv/bin/python -m config.server"]
