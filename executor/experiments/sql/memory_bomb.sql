-- Eats memory: a database without a file is in memory, and so is each value while SQLite makes it.
.mode list
.headers off
CREATE TABLE kept (piece);
INSERT INTO kept SELECT randomblob(1 << 20) FROM generate_series(1, 300); -- more than twice what is allowed

SELECT 'ATTEMPT take ' || count(*) || ' MiB: succeeded (all of it is ours)' FROM kept;
