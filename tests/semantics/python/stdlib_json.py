import json
from datetime import date

value = {"name": "Zoë", "list": [1, 2.0, 1e30, None, True], "nested": {"b": 1, "a": float("inf")}, 5: "key"}
print(json.dumps(value), json.dumps(value, indent=2, sort_keys=False, ensure_ascii=False), sep="\n")
print(json.loads('{"a": [1, 2.5, "\\u00e9", null]}', parse_float=str), json.dumps(date(2026, 1, 2), default=str))
for text in ("", "{'a': 1}", "[1, 2,]", '{"a": 1', "nul", '"\t"'):
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        print(error, error.pos)
json.dumps({1, 2})
