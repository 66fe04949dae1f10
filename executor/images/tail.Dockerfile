
# The last part of every sandbox image, after the language's part.
FROM ${LAST} AS pruned
COPY shared/prune.sh /
# What programs write to /mnt/data, as many are used to, is among the files of their run. runc gives a mount the mode
# of the folder below it, whatever the mount's options say.
RUN sh /prune.sh && rm /prune.sh && mkdir -m 0555 /box && mkdir /mnt && ln -s /box /mnt/data
COPY shared/etc /etc
COPY --from=supervisor /build/supervisor /sandbox/
COPY --from=filter /build/filter.bpf /sandbox/
COPY --from=supervisor /build/libnss_sandbox.so.2 /usr/lib/

# One layer, so that no lower layer still has the pruned files.
FROM scratch
COPY --from=pruned / /
USER 10001:10001
WORKDIR /app
