curl -sSN http://127.0.0.1:5000/run \
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
  -H "Accept: text/event-stream" \
  -d '{"code": "for i in range(3): print(i)"}'
