# args: ["5"]
import sys


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    if len(argv) != 1:
        print("usage: squares N", file=sys.stderr)
        return 2
    print([n * n for n in range(int(argv[0]))])
    return 0


if __name__ == "__main__":
    print(main([]))
    sys.exit(main())
