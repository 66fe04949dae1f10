import re

print(re.findall("\w+", "a b"), len("\."))
if "x" is "y":
    print("same")
print(0x1for x in ())
