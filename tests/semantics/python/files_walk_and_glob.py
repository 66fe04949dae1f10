import fnmatch
import glob
import os
import pathlib
import shutil

root = pathlib.Path("/tmp/tree")
for path in ("a/one.py", "a/b/two.py", "a/b/three.txt", "c/.hidden", "c/four.PY"):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).touch()
for folder, folders, files in os.walk(root):
    folders.sort()
    print(os.path.relpath(folder, root), folders, sorted(files))
print(sorted(glob.glob("**/*.py", root_dir=root, recursive=True)), sorted(p.name for p in root.rglob("*") if p.is_file()))
print(sorted(entry.name for entry in os.scandir(root / "a") if entry.is_dir()), fnmatch.filter(["a.py", "b"], "*.py"))
print(pathlib.PurePath("/a/b/../c.tar.gz").suffixes, os.path.normpath("/a/./b/../c"), pathlib.Path("a").resolve())
os.chdir(root)
print(os.getcwd(), os.path.abspath("x"), pathlib.Path.cwd().name)
shutil.rmtree(root)
try:
    print(os.getcwd())
except FileNotFoundError as error:
    print(error)
