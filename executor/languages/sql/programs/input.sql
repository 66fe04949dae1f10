.import --csv /dev/stdin numbers
SELECT sum(n), ?1, ?2 FROM numbers;
