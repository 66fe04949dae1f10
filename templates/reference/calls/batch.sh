url=$(curl -sS -o /dev/null -w '%header{location}' http://127.0.0.1:5000/api/batches/ \
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
  -d '{"submissions": [{"code": "print(1)"}, {"code": "console.log(2)", "language": "javascript"}]}')
until curl -sS "$url" -H "Authorization: Bearer $TOKEN" | grep '"done":true'; do sleep 1; done
