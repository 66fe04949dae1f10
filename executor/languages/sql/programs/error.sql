SELECT 1 AS begun;
SELECT *
FROM nowhere;
