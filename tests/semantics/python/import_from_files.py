import importlib
import pathlib
import sys

folder = pathlib.Path("/tmp/lib/animals")
folder.mkdir(parents=True)
(folder / "__init__.py").write_text("from . import cat\n__all__ = ['cat', 'dog']\nprint('package', __name__, __path__)\n")
(folder / "cat.py").write_text("sound = 'meow'\nprint('module', __name__, __package__)\n")
(folder / "dog.py").write_text("from .cat import sound as other\nsound = 'woof'\n")
(folder / "broken.py").write_text("def f(:\n")
(folder / "circle.py").write_text("from .circle import missing\n")
sys.path.insert(0, "/tmp/lib")
from animals import *

print(cat.sound, dog.sound, dog.other, dog.__spec__.origin)
(folder / "cat.py").write_text("sound = 'purr, a longer sound'\n")
print(importlib.reload(cat).sound, importlib.import_module("animals.dog") is dog)
for name in ("animals.circle", "animals.bird", "animals.cat.kitten", "anmals"):
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(type(error).__name__, error, error.name)
import animals.broken
