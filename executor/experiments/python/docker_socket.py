# A program that can reach Docker is root on the host: `docker run --privileged -v /:/host` is
# enough. Many containers have the socket inside, "because the tool needs it". Look for it, and
# for its relatives.
import os
import stat

PATHS = (
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/crio/crio.sock",
    "/var/run/secrets/kubernetes.io",
    "/host",
    "/rootfs",
)
for path in PATHS:
    found = os.path.lexists(path)
    print(f"ATTEMPT find {path}: {'succeeded' if found else 'blocked (it is not there)'}")

sockets = []
for top, directories, files in os.walk("/"):
    if top.startswith(("/proc", "/sys")):
        directories[:] = []
        continue
    sockets += [
        os.path.join(top, name)
        for name in files
        if stat.S_ISSOCK(os.lstat(os.path.join(top, name)).st_mode)
    ]
print(
    f"ATTEMPT find any socket: {f'succeeded ({sockets})' if sockets else 'blocked (there is none)'}"
)
