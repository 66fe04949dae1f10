import difflib
import html
import pprint
import string
import textwrap
import unicodedata
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

print(textwrap.fill("The quick brown fox jumps over the lazy dog. " * 2, 30, initial_indent="* "), textwrap.dedent("  a\n    b"))
print("\n".join(difflib.unified_diff("a b c".split(), "a x c".split(), lineterm="")), difflib.get_close_matches("appel", ["ape", "apple"]))
pprint.pprint({"key": list(range(30)), "nested": {"deep": ["word" * 5] * 4}}, width=60)
print(string.Template("$who owes ${amount}").substitute(who="Ann", amount=3), string.capwords("ann lee"), html.escape("<a & 'b'>"))
print(unicodedata.name("☃"), unicodedata.normalize("NFD", "é").encode(), unicodedata.category("A"), unicodedata.unidata_version)
print(urlsplit("http://u@h:8/p;x?q=1#f"), parse_qs("a=1&a=2&b="), urlencode({"k": "é &"}), quote("/a b"), urljoin("http://h/a/b", "../c"))
string.Template("$missing").substitute()
