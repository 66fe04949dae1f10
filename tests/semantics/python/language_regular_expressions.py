import re

pattern = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(\d\d))?", re.ASCII)
match = pattern.search("on 2026-03-29 and 2027-01")
print(match.groupdict(), match.span(), match[3], [m.group() for m in pattern.finditer("2026-03-29 2027-01")])
print(re.sub(r"(\w+) (\w+)", r"\2 \g<1>", "hello world"), re.split(r"([,;])\s*", "a, b;c"), re.findall(r"(?i)straße|\bÉ\w+", "STRASSE Straße École"))
print(re.fullmatch(r"(a|b)*?c", "ababc"), re.sub("x*", "-", "abxd"), re.escape("a.b*c"), re.match(r"(?<!a)b", "b"))
print(pattern, re.findall(r"^\w", "a\nb", re.M), re.search(r"a.c", "a\nc", re.S).group().encode(), repr(re.compile("a", re.X | re.I)))
re.compile(r"(unclosed[")
