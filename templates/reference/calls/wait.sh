url=$(curl -sS -o /dev/null -w '%header{location}' http://127.0.0.1:5000/run \
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
  -H "Prefer: respond-async" \
  -d '{"code": "print(6 * 7)"}')
# Each request is answered at the end of the run, or after ten seconds.
until curl -sS "$url?wait=10" -H "Authorization: Bearer $TOKEN" | grep '"status":"finished"'; do :; done
