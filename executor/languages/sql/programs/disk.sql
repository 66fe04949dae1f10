ATTACH '/tmp/big' AS big;
CREATE TABLE big.t (a);
INSERT INTO big.t SELECT randomblob(1000) FROM generate_series(1, 100000);
