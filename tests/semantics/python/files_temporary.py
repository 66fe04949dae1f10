import os
import shutil
import tempfile

print(tempfile.gettempdir(), tempfile.gettempprefix())
with tempfile.TemporaryDirectory(prefix="t-") as folder:
    with tempfile.NamedTemporaryFile("w+", dir=folder, suffix=".txt", delete=False) as file:
        file.write("kept")
    print(os.path.basename(file.name)[-4:], open(file.name).read(), oct(os.stat(folder).st_mode & 0o777))
    shutil.copy(file.name, os.path.join(folder, "copy"))
    shutil.make_archive("/tmp/archive", "gztar", folder)
print(os.path.exists(folder), os.path.exists("/tmp/archive.tar.gz"))
with tempfile.SpooledTemporaryFile(max_size=10) as spooled, tempfile.TemporaryFile() as hidden:
    spooled.write(b"x" * 20)
    hidden.write(b"y")
    print(spooled.tell(), hidden.tell())
shutil.unpack_archive("/tmp/archive.tar.gz", "/tmp/out")
print(len(os.listdir("/tmp/out")), shutil.which("sh"), shutil.which("no-such"))
