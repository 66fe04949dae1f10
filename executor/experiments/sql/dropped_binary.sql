-- An extension of SQLite is native code in a library. This program copies a library to a place that it can
-- write, and loads it from there. A library is mapped as executable, and a place that is mounted noexec
-- allows none of that. (Its "entry" is a harmless function that returns 0.)
.mode list
.headers off
.bail off
SELECT writefile('/tmp/dropped.so', readfile(name)) || ' bytes are copied'
FROM fsdir('/usr/lib')
WHERE name GLOB '*/libm.so.6'
LIMIT 1;

CREATE TABLE loaded (result);
INSERT INTO loaded SELECT load_extension('/tmp/dropped', 'fegetround'); -- it adds ".so"
SELECT 'ATTEMPT load native code from /tmp: ' || CASE count(*)
  WHEN 0 THEN 'blocked (the reason is on stderr)'
  ELSE 'succeeded'
END
FROM loaded;
