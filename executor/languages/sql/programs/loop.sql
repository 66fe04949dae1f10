SELECT 'begun' AS word;
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
SELECT sum(n) FROM numbers;
