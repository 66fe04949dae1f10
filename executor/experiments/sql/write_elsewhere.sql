-- Writes files by SQL. SQLite's shell has a function that writes any file. And ATTACH makes a database
-- wherever it is told to: on web servers, attackers who could inject SQL made programs of such files.
.mode list
.headers off
.bail off
WITH places(path) AS (
  VALUES ('/'), ('/app'), ('/etc'), ('/usr/bin'), ('/usr/lib'), ('/sandbox'), ('/run'), ('/var'), ('/dev')
)
SELECT 'ATTEMPT write to ' || path || ': ' || CASE
  WHEN writefile(path || '/intruder', 'here') IS NULL THEN 'blocked'
  ELSE 'succeeded'
END
FROM places;

ATTACH '/etc/intruder.db' AS other; -- the reason of the refusal is on stderr
CREATE TABLE other.intruder (here);
SELECT 'ATTEMPT make a database in /etc: ' || CASE count(*)
  WHEN 0 THEN 'blocked'
  ELSE 'succeeded'
END
FROM pragma_table_list WHERE name = 'intruder';
