import sys

try:
    sys.exit("caught text")
except SystemExit as error:
    print(repr(error), error.code)
sys.exit("error: no data for 2024")
