import sys

sys.exit("error: no data for 2024")
