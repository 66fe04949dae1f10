import os
import pathlib
import stat

folder = pathlib.Path("/tmp/work")
folder.mkdir()
file = folder / "a.txt"
print(file.write_text("één\nzwei\n", encoding="utf-8"), file.read_bytes(), file.stat().st_size)
with file.open("r+") as opened:
    opened.seek(0, os.SEEK_END)
    opened.write("three\n")
    opened.seek(0)
    print(opened.readlines(), opened.tell(), opened.name, opened.encoding)
os.symlink("a.txt", folder / "link")
os.link(file, folder / "hard")
print((folder / "link").readlink(), file.stat().st_nlink, os.path.realpath(folder / "link"))
file.chmod(0o640)
print(stat.filemode(file.stat().st_mode), os.access(file, os.W_OK), oct(os.umask(0o77)), os.path.getsize(file))
file.rename(folder / "b.txt")
print(sorted(os.listdir(folder)), file.exists(), (folder / "link").exists(), os.path.lexists(folder / "link"))
for action in (lambda: folder.mkdir(), lambda: folder.rmdir(), lambda: open(folder), lambda: open(file), lambda: open(folder / "b.txt", "x")):
    try:
        action()
    except OSError as error:
        print(type(error).__name__, error)
os.truncate(folder / "b.txt", 3)
(folder / "b.txt").read_text()
