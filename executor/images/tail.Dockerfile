
# The last part of every sandbox image, after the language's part.
FROM language AS pruned
COPY shared/prune.sh /
RUN sh /prune.sh && rm /prune.sh
COPY shared/etc /etc
COPY --from=supervisor /build/supervisor /sandbox/
COPY --from=filter /build/filter.bpf /sandbox/
COPY --from=supervisor /build/libnss_sandbox.so.2 /usr/lib/

# One layer, so that no lower layer still has the pruned files.
FROM scratch
COPY --from=pruned / /
USER 10001:10001
WORKDIR /app
