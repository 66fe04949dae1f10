# stdin: "alpha\nbeta\ngamma\n"
import fileinput

with fileinput.input(encoding="utf-8") as lines:
    for line in lines:
        print(lines.filename(), lines.filelineno(), lines.isstdin(), line.rstrip())
