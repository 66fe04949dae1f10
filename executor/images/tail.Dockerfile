
# The end of every sandbox image, after the language's part.
FROM language AS pruned
COPY shared/prune.sh /
RUN sh /prune.sh && rm /prune.sh
# The program's file; where the root file system is read-only, it lies in a small tmpfs.
ARG SOURCE
RUN ln -s "/run/program/$SOURCE" "/app/$SOURCE"
COPY shared/etc /etc
COPY --from=supervisor /build/supervisor /sandbox/
COPY --from=supervisor /build/libnss_sandbox.so.2 /usr/lib/

# One layer, so that what was pruned is not still there underneath.
FROM scratch
COPY --from=pruned / /
USER 10001:10001
WORKDIR /app
