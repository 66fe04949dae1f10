import os

PROC = ("vmstat", "locks", "modules", "kallsyms", "buddyinfo", "diskstats", "partitions", "sys/fs/file-nr", "interrupts")
FOLDERS = ("/sys/kernel", "/sys/devices", "/sys/module", "/sys/block", "/dev/pts")


def content(path):
    try:
        with open(path) as file:
            return file.read(100)
    except OSError:
        return ""


print([name for name in PROC if content(f"/proc/{name}")])
print([path for path in FOLDERS if os.path.isdir(path) and os.listdir(path)])
