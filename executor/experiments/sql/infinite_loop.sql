-- A question whose answer has no end. SQL has no loops, but a table may be defined by itself: each row of
-- this one makes the next. Databases that take other people's queries need a time limit, too.
.mode list
.headers off
.once /dev/null
WITH RECURSIVE clock(word, now, last) AS (
  SELECT 'now', julianday('now'), julianday('now', '+2 seconds') -- more than it is allowed
  UNION ALL
  SELECT word, julianday(word), last FROM clock WHERE now < last
)
SELECT now FROM clock;

SELECT 'ATTEMPT run for 2 seconds: succeeded (nobody ended it)';
