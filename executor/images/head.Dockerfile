# The beginning of every sandbox image; `manage.py build_images` puts a language's Dockerfile after it and
# tail.Dockerfile at the end. Paths in a language's part are relative to its folder; what all share
# is in shared/.
#
# BASE is any Debian 12 root file system: the official slim image where a registry answers, else one
# bootstrapped from the distribution's packages (the command decides). The runtimes come from the
# distribution in both cases, so that a sandbox is the same wherever it was built.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS supervisor
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY shared/supervisor /build/
# Readable, though not to be would keep the process undumpable from its very start (would_dump()): gVisor
# starts nothing that it may not read. The supervisor makes itself undumpable before it starts anything.
RUN cd /build && gcc -std=gnu17 -O2 -Wall -Wextra -Werror -static -s -o supervisor \
        supervisor.c request.c report.c counters.c bytes.c && chmod 0555 supervisor
RUN gcc -std=gnu17 -O2 -Wall -Wextra -Werror -shared -fPIC -s -o /build/libnss_sandbox.so.2 /build/nss_sandbox.c

# What a language's part begins with.
FROM ${BASE} AS sandbox
RUN apt-get update && apt-get install -y --no-install-recommends libnss-myhostname \
    && mkdir -p /app /sandbox /run/program

