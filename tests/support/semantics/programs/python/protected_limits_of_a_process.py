import resource

for name in ("NOFILE", "FSIZE", "CORE", "MEMLOCK", "MSGQUEUE"):
    print(name, resource.getrlimit(getattr(resource, f"RLIMIT_{name}")))
files = []
try:
    for _ in range(300):
        files.append(open("/dev/null"))
except OSError as error:
    print(error.strerror)
print(len(files) > 200)
