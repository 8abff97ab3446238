-- SPDX-License-Identifier: Apache-2.0
-- Names of columns of views, with and without stored tables behind them.
CREATE TABLE t (c VARCHAR(10), n INT);
INSERT INTO t VALUES ('ab', 1), ('Cd', 2);
CREATE VIEW v1 AS SELECT 'abc' AS c, 1 + 1 AS n;
CREATE VIEW v2 AS SELECT c, n * 2 AS d FROM t;
SELECT LOWER(c), HEX(CAST(UPPER(c) AS CHAR)), n + 1 FROM v1;
SELECT UPPER(c), (d+1), v2.c FROM v2 ORDER BY d;
SELECT * FROM v1, v2 ORDER BY d;
SELECT COUNT(*), COUNT( DISTINCT c ) FROM v2 WHERE d  >  1;
SELECT (SELECT MAX(d) FROM v2), (SELECT c FROM v1);
SELECT c   FROM v1 UNION SELECT 'x';
