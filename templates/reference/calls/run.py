import json
import os
from urllib.request import Request, urlopen

headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Content-Type": "application/json"}
program = {"code": "print(6 * 7)"}
request = Request("http://127.0.0.1:5000/run", json.dumps(program).encode(), headers)
with urlopen(request) as answer:
    result = json.load(answer)
print(result["verdict"], result["output"])
