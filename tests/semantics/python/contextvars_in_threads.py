import contextvars
import threading

name = contextvars.ContextVar("name")
token = name.set("main")
seen = []
thread = threading.Thread(target=lambda: seen.append(name.get("unset")))
thread.start()
thread.join()
context = contextvars.copy_context()
thread = threading.Thread(target=context.run, args=(lambda: seen.append(name.get()),))
thread.start()
thread.join()
print(seen, context[name], name in context, token.old_value is contextvars.Token.MISSING)
name.reset(token)
try:
    name.get()
except LookupError as error:
    print(type(error).__name__)
