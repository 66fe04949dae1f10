import configparser
import csv
import io
import tomllib

text = io.StringIO(newline="")
writer = csv.DictWriter(text, ["name", "note"], quoting=csv.QUOTE_NONNUMERIC)
writer.writeheader()
writer.writerows([{"name": "Ann, B.", "note": 'says "hi"'}, {"name": "two\nlines", "note": 3}])
print(repr(text.getvalue()))
text.seek(0)
print(list(csv.DictReader(text)), csv.Sniffer().sniff("a;b\n1;2\n").delimiter)
parser = configparser.ConfigParser()
parser.read_string("[a]\nx = 1\ny = %(x)s2\n[b]\nflag = yes\n")
print(dict(parser["a"]), parser.getboolean("b", "flag"))
print(tomllib.loads('when = 2026-01-02T03:04:05Z\n[a.b]\nlist = [1, "x"]\n'))
tomllib.loads("a = ")
