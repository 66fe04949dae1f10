# args: ["add", "3", "4", "--scale=2", "-vv"]
import argparse
import sys

parser = argparse.ArgumentParser(description="Sums.", epilog="The end.")
parser.add_argument("-v", "--verbose", action="count", default=0)
commands = parser.add_subparsers(dest="command", required=True)
add = commands.add_parser("add", help="add numbers")
add.add_argument("numbers", type=int, nargs="+", metavar="N")
add.add_argument("--scale", type=float, choices=(1.0, 2.0), default=1.0)
add.add_argument("-v", "--verbose", action="count", default=0)
arguments = parser.parse_args()
print(arguments, sum(arguments.numbers) * arguments.scale)
parser.print_help()
parser.print_usage(sys.stderr)
parser.parse_args(["add", "three"])
