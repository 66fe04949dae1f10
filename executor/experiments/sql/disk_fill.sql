-- Fills the disk. A database is a file that grows with its tables, and ATTACH makes a new one.
.mode list
.headers off
ATTACH '/tmp/first.db' AS first;
PRAGMA first.journal_mode = off;
CREATE TABLE first.kept (piece);
INSERT INTO first.kept SELECT randomblob(1 << 20) FROM generate_series(1, 24);
ATTACH '/tmp/second.db' AS second;
PRAGMA second.journal_mode = off;
CREATE TABLE second.kept (piece);
INSERT INTO second.kept SELECT randomblob(1 << 20) FROM generate_series(1, 24);

SELECT 'ATTEMPT write 48 MiB to /tmp: succeeded (it is all there)';
