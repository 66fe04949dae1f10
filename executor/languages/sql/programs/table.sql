CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born INTEGER);
INSERT INTO people (name, born) VALUES ('Ada Lovelace', 1815), ('Alan', NULL);
SELECT * FROM people;
SELECT count(*) AS people FROM people
