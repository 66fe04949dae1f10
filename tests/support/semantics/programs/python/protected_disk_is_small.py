import os

written = 0
try:
    with open("/tmp/large", "wb", buffering=0) as file:
        for _ in range(40):
            written += file.write(b"x" * 2**20)
except OSError as error:
    print(error.strerror)
print(written // 2**20)
os.remove("/tmp/large")
made = 0
try:
    for made in range(3000):
        open(f"/tmp/{made}", "w").close()
except OSError as error:
    print(error.strerror)
print(2000 < made < 2048)
