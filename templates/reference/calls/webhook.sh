# Make a secret, once. The answer is the only one that shows it.
curl -sS -X POST http://127.0.0.1:5000/api/webhook-secret/ -H "Authorization: Bearer $TOKEN"

# Name the address of your server with the program.
curl -sS http://127.0.0.1:5000/run \
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
  -H "Prefer: respond-async" \
  -d '{"code": "print(6 * 7)", "webhook": "https://example.org/done"}'
