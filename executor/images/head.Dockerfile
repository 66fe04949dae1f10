# The first part of every sandbox image. `manage.py build_images` puts a language's Dockerfile after it, and
# tail.Dockerfile at the end. Paths in a language's part are relative to its folder; shared files are in
# shared/.
#
# BASE is a root file system of the Debian release that the language names: the official slim image where a
# registry answers, else one bootstrapped from the distribution's packages (the command decides).
ARG BASE=debian:trixie-slim
# The last stage of what comes between: "environment" where packages are added to a language.
ARG LAST=language

FROM ${BASE} AS supervisor
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY shared/supervisor /build/
# Readable, because gVisor starts no file that it may not read. An unreadable file would make the process
# undumpable from its start (would_dump()); the supervisor makes itself undumpable before it starts a child.
RUN cd /build && gcc -std=gnu17 -O2 -Wall -Wextra -Werror -static -s -o supervisor \
        supervisor.c run.c box_in.c box_out.c nest.c zygote.c program.c passing.c relay.c frames.c calls.c request.c input.c typed.c activity.c report.c \
        error.c counters.c bytes.c clock.c \
        && chmod 0555 supervisor
RUN gcc -std=gnu17 -O2 -Wall -Wextra -Werror -shared -fPIC -s -o /build/libnss_sandbox.so.2 /build/nss_sandbox.c

# The filter of nested sandboxes. A stage of its own, since a change of the supervisor needs no other one.
FROM ${BASE} AS filter
RUN apt-get update && apt-get install -y --no-install-recommends python3-seccomp
COPY shared/compile_filter.py shared/seccomp.json /build/
RUN python3 /build/compile_filter.py /build/seccomp.json /build/filter.bpf && chmod 0444 /build/filter.bpf

# The base of a language's part.
FROM ${BASE} AS sandbox
RUN apt-get update && apt-get install -y --no-install-recommends libnss-myhostname \
    && mkdir -p /app /sandbox/nothing

