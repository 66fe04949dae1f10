import dbm.dumb
import pickle
import shelve

with shelve.open("/tmp/shelf", writeback=True) as shelf:
    shelf["list"] = [1]
    shelf["list"].append(2)
with shelve.open("/tmp/shelf", "r") as shelf:
    print(dict(shelf))
with dbm.dumb.open("/tmp/dumb", "c") as database:
    database["k"] = "v"
    print(database.keys(), database[b"k"])
pickle.loads(b"broken")
