-- SPDX-License-Identifier: Apache-2.0
-- Index hints in statements that the trusted side runs.
CREATE TABLE t (a TINYINT PRIMARY KEY, b INT, c VARCHAR(4), KEY kb (b), KEY kc (c));
INSERT INTO t VALUES (1, 1, 'x'), (2, 1, 'y'), (3, NULL, 'z');
SELECT COUNT(*) FROM t FORCE INDEX (kb) WHERE b + 0 = '1';
SELECT t.a + 1 FROM t IGNORE KEY (kb, kc) ORDER BY 1;
SELECT t.a + x.a FROM t USE INDEX FOR JOIN (kb) JOIN t x FORCE INDEX FOR ORDER BY (PRIMARY) ON t.b + 0 = x.b + 0 ORDER BY 1;
SELECT t.a + 1 FROM t FORCE INDEX (nosuch) ORDER BY 1;
UPDATE t FORCE INDEX (kb) SET c = CONCAT(c, 'q') WHERE b + 0 = 1;
SELECT * FROM t USE INDEX () ORDER BY a;
-- flavour mariadb
SELECT x.a + 1 FROM t = x ORDER BY 1;
