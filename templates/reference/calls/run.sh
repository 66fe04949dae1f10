curl -sS http://127.0.0.1:5000/run \
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
  -d '{"code": "print(6 * 7)"}'
