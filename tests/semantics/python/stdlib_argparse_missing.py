import argparse

parser = argparse.ArgumentParser()
parser.add_argument("path", help="a file")
print(parser.parse_args())
