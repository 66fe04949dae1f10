import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib

text = b"the same words " * 1000
for module in (zlib, bz2, lzma, gzip):
    packed = module.compress(text)
    print(module.__name__, len(packed) < 300, module.decompress(packed) == text)
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
    entry = tarfile.TarInfo("folder/file.txt")
    entry.size = 5
    archive.addfile(entry, io.BytesIO(b"hello"))
buffer.seek(0)
with tarfile.open(fileobj=buffer) as archive:
    print(archive.getnames(), archive.extractfile("folder/file.txt").read())
    archive.extractall("/tmp/x", filter="data")
with zipfile.ZipFile("/tmp/a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("a.txt", "text")
print(zipfile.is_zipfile("/tmp/a.zip"), open("/tmp/x/folder/file.txt").read())
zlib.decompress(b"not compressed")
