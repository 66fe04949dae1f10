import pkgutil
import sys
import zipfile
import zipimport

with zipfile.ZipFile("/tmp/bundle.zip", "w") as bundle:
    bundle.writestr("tool/__init__.py", "from .core import name\n")
    bundle.writestr("tool/core.py", "name = __name__\ndef fail():\n    raise OSError('inside the zip')\n")
    bundle.writestr("tool/data.txt", "text")
    bundle.writestr("__main__.py", "import sys\nprint('main of', sys.argv[0])\n")
sys.path.insert(0, "/tmp/bundle.zip")
import tool

print(tool.name, tool.__file__, pkgutil.get_data("tool", "data.txt"), type(tool.__loader__) is zipimport.zipimporter)
print([module.name for module in pkgutil.iter_modules(tool.__path__)])
import runpy

runpy.run_path("/tmp/bundle.zip", run_name="__main__")
tool.core.fail()
