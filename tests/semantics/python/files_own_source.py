import os
import pathlib

here = pathlib.Path(__file__)
print(__file__, os.path.realpath(__file__), here.resolve().parent, os.getcwd(), os.path.islink(__file__))
print(os.listdir(here.parent), here.read_text().count("\n"), os.access(__file__, os.R_OK))
print(open("script.py").readline(), pathlib.Path("data.txt").exists())
open("data.txt")
