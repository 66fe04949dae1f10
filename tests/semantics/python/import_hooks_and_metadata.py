import importlib.abc
import importlib.machinery
import importlib.util
import sys


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __repr__(self):
        return "<finder>"

    def find_spec(self, name, path, target=None):
        if name.startswith("virtual"):
            return importlib.machinery.ModuleSpec(name, self)

    def exec_module(self, module):
        module.answer = 42


sys.meta_path.insert(0, Finder())
import virtual

print(virtual, virtual.answer, importlib.util.find_spec("json").name, importlib.util.find_spec("absent"))
spec = importlib.util.spec_from_loader("made", loader=None)
print(importlib.util.module_from_spec(spec), sys.modules.get("made"))
print(importlib.resources.files("json").joinpath("tool.py").is_file())
