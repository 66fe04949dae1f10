import sqlite3

database = sqlite3.connect("/tmp/shop.db")
database.row_factory = sqlite3.Row
with database:
    database.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL)")
    database.executemany("INSERT INTO items (name, price) VALUES (?, ?)", [("pear", 0.5), ("fig", 2), ("kiwi", None)])
print([dict(row) for row in database.execute("SELECT name, price FROM items ORDER BY price DESC NULLS LAST")])
database.create_function("double", 1, lambda value: value * 2 if value else None)
print([tuple(row) for row in database.execute("SELECT name, double(price), json_object('n', name) FROM items WHERE name LIKE :n", {"n": "%i%"})])
try:
    with database:
        database.execute("DELETE FROM items")
        database.execute("INSERT INTO items (id, name) VALUES (1, 'a'), (1, 'b')")
except sqlite3.IntegrityError as error:
    print(error, error.sqlite_errorname)
print(database.execute("SELECT count(*) FROM items").fetchone()[0], database.total_changes)
memory = sqlite3.connect(":memory:")
database.backup(memory)
print(memory.execute("WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT group_concat(x) FROM n").fetchone())
memory.execute("CHOOSE 1")
