-- SPDX-License-Identifier: Apache-2.0
-- Forms of INSERT, UPDATE, DELETE, CREATE .. SELECT that are computed by the trusted side.
CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, k VARCHAR(10) UNIQUE, n INT DEFAULT 5, ts TIMESTAMP NULL DEFAULT NULL);
INSERT INTO t (k, n) VALUES ('a', 1), ('b', 2), ('c', 3);
-- flavour mariadb
INSERT INTO t (k, n) VALUES ('d', 4), ('e', 5) RETURNING id, UPPER(k), n * 2 AS twice;
-- flavour mariadb
REPLACE INTO t (k, n) VALUES ('a', 10) RETURNING *;
-- flavour mariadb
DELETE FROM t WHERE n > 4 RETURNING id, k;
-- flavour mariadb
DELETE FROM t WHERE k = 'zz' RETURNING k;
-- flavour mariadb
INSERT INTO t (k, n) SELECT CONCAT(k, '2'), n FROM t RETURNING id, k;
SELECT k, n FROM t ORDER BY k;
INSERT INTO t (k, n) VALUES ('a', 100) ON DUPLICATE KEY UPDATE n = VALUES(n) + n;
INSERT INTO t (k, n) VALUES ('b', 100), ('new', 1), ('c', 7) ON DUPLICATE KEY UPDATE n = n + VALUES(n), k = CONCAT(k, 'x');
SELECT k, n FROM t ORDER BY k;
-- flavour mysql
INSERT INTO t (k, n) VALUES ('bx', 1000) AS new ON DUPLICATE KEY UPDATE n = t.n + new.n;
-- flavour mysql
INSERT INTO t (k, n) VALUES ('cx', 1000) AS new(x, y) ON DUPLICATE KEY UPDATE n = y, k = CONCAT(x, '!');
-- flavour mysql
INSERT INTO t SET k = 'a', n = 5 AS q ON DUPLICATE KEY UPDATE n = q.n * 2;
SELECT k, n FROM t ORDER BY k;
INSERT INTO t (k, n) SELECT k, 50 FROM t AS s WHERE s.k < 'c' ON DUPLICATE KEY UPDATE n = t.n + 1;
SELECT k, n FROM t ORDER BY k;
INSERT INTO t (id, k) VALUES (1, 'other') ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), n = 77;
SELECT LAST_INSERT_ID() > 0;
INSERT LOW_PRIORITY INTO t (k) VALUES ('low');
INSERT HIGH_PRIORITY INTO t (k) VALUES ('high');
INSERT DELAYED INTO t (k) VALUES ('delayed');
INSERT LOW_PRIORITY IGNORE INTO t (k) VALUES ('low'), ('low2');
REPLACE LOW_PRIORITY INTO t (k, n) VALUES ('low', 9);
UPDATE LOW_PRIORITY t SET n = 3 WHERE k = 'low';
DELETE LOW_PRIORITY FROM t WHERE k = 'low';
DELETE QUICK FROM t WHERE k = 'low2';
SELECT k, n FROM t ORDER BY k;
SET @x = 0;
UPDATE t SET n = (@x := @x + 10) ORDER BY k;
SELECT k, n, @x FROM t ORDER BY k;
INSERT INTO t (k, n) VALUES (CONCAT('u', @x), @x := 3);
SELECT @x;
UPDATE t SET n = n + 1 ORDER BY k DESC LIMIT 2;
SELECT k, n FROM t ORDER BY k;
DELETE FROM t ORDER BY k DESC LIMIT 1;
DELETE FROM t ORDER BY n LIMIT 1;
SELECT k, n FROM t ORDER BY k;
CREATE TABLE o (id INT PRIMARY KEY, t_k VARCHAR(10), q INT);
INSERT INTO o VALUES (1, 'a', 5), (2, 'a', 6), (3, 'high', 7), (4, 'none', 8);
UPDATE t JOIN o ON o.t_k = t.k SET t.n = o.q, o.q = o.q + 100;
SELECT k, n FROM t ORDER BY k;
SELECT * FROM o ORDER BY id;
UPDATE t, o SET t.n = 0 WHERE t.k = o.t_k AND o.id = 3;
-- flavour mariadb
UPDATE t JOIN o ON o.t_k = t.k SET o.q = 1 ORDER BY o.id LIMIT 1;
UPDATE t LEFT JOIN o ON o.t_k = t.k SET t.n = -1 WHERE o.id IS NULL;
DELETE t, o FROM t JOIN o ON o.t_k = t.k WHERE o.id = 3;
DELETE FROM o USING o LEFT JOIN t ON o.t_k = t.k WHERE t.id IS NULL;
DELETE a FROM o AS a JOIN o AS b ON a.t_k = b.t_k AND a.id > b.id;
SELECT * FROM o ORDER BY id;
SELECT k, n FROM t ORDER BY k;
DELETE FROM t WHERE n = (SELECT m FROM (SELECT MIN(n) AS m FROM t) AS x);
UPDATE t SET n = (SELECT COUNT(*) FROM o WHERE o.t_k = t.k);
SELECT k, n FROM t ORDER BY k;
WITH c AS (SELECT 'cte' AS k, 1 AS n) SELECT * FROM c;
INSERT INTO t (k, n) WITH c AS (SELECT 'cte' AS k, 1 AS n) SELECT * FROM c;
-- flavour mysql
INSERT INTO t (k, n) VALUES ROW('r1', 1), ROW('r2', 2);
-- flavour mariadb
INSERT INTO t (k, n) VALUES ('r1', 1), ('r2', 2);
INSERT INTO t VALUES (DEFAULT, 'def', DEFAULT(n) + 1, DEFAULT);
INSERT INTO t (k, n) VALUE ('single', 1);
INSERT INTO t () VALUES ();
SELECT k, n FROM t ORDER BY k, n;
CREATE TABLE c1 AS SELECT k, n + 1 AS m FROM t;
SHOW CREATE TABLE c1;
SELECT * FROM c1 ORDER BY k, m;
CREATE TABLE c2 (id INT AUTO_INCREMENT PRIMARY KEY, k VARCHAR(30) NOT NULL DEFAULT 'd') SELECT k, n FROM t WHERE k IS NOT NULL ORDER BY k;
SHOW CREATE TABLE c2;
SELECT k, n FROM c2 ORDER BY k;
CREATE TABLE c4 (n INT PRIMARY KEY) REPLACE SELECT n, k FROM t WHERE n IS NOT NULL ORDER BY n, k;
SELECT * FROM c4 ORDER BY n;
CREATE TABLE c6 LIKE t;
SHOW CREATE TABLE c6;
INSERT INTO c6 SELECT * FROM t;
SELECT COUNT(*) FROM c6;
-- flavour mariadb
CREATE OR REPLACE TABLE c6 (a INT);
-- flavour mariadb
SELECT * FROM c6;
-- flavour mariadb
CREATE OR REPLACE TABLE c6 AS SELECT k FROM t WHERE k < 'd';
-- flavour mariadb
SELECT * FROM c6 ORDER BY k;
-- flavour mariadb
CREATE OR REPLACE TABLE c6 LIKE o;
-- flavour mariadb
SHOW CREATE TABLE c6;
CREATE TABLE IF NOT EXISTS c1 AS SELECT 1;
CREATE TABLE c7 SELECT 1 AS one, 'x' AS s UNION SELECT 2, 'yy';
SELECT * FROM c7 ORDER BY one;
RENAME TABLE c1 TO swap, c2 TO c1, swap TO c2;
SELECT COUNT(*) > 0 FROM c1;
SHOW COLUMNS FROM c1;
CREATE TEMPORARY TABLE tt (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(10), UNIQUE (v));
INSERT INTO tt (v) VALUES ('a'), ('b');
INSERT INTO tt (v) SELECT k FROM t WHERE k LIKE 'r%';
INSERT INTO t (k) SELECT CONCAT('t', v) FROM tt;
UPDATE tt SET v = CONCAT(v, '1');
UPDATE tt JOIN t ON t.k = CONCAT('t', SUBSTR(tt.v, 1, 1)) SET t.n = 4242;
UPDATE tt JOIN t ON t.k = CONCAT('t', SUBSTR(tt.v, 1, 1)) SET tt.v = CONCAT(tt.v, t.n);
SELECT v FROM tt ORDER BY v;
DELETE tt FROM tt JOIN t ON t.k = 'ta' WHERE tt.v LIKE 'a%';
REPLACE INTO tt (v) VALUES ('b1'), ('z');
INSERT INTO tt (v) VALUES ('z') ON DUPLICATE KEY UPDATE v = 'zz';
DELETE FROM tt WHERE v = 'zz';
TRUNCATE tt;
SELECT COUNT(*) FROM tt;
ALTER TABLE tt ADD c INT DEFAULT 3;
INSERT INTO tt (v) VALUES ('q');
SELECT v, c FROM tt;
CREATE TEMPORARY TABLE o (only_temp INT);
INSERT INTO o VALUES (1);
SELECT * FROM o;
DROP TEMPORARY TABLE o;
SELECT * FROM o ORDER BY id;
CREATE TEMPORARY TABLE like_t LIKE t;
INSERT INTO like_t SELECT * FROM t;
SELECT COUNT(*) > 0 FROM like_t;
DROP TABLE tt, like_t;
SELECT GET_LOCK('l1', 0), GET_LOCK('l2', 0), IS_FREE_LOCK('l1'), IS_USED_LOCK('nosuch');
-- connection 2
SELECT GET_LOCK('l1', 0), IS_FREE_LOCK('l2'), RELEASE_LOCK('l1'), RELEASE_LOCK('nosuch');
-- connection 1
SELECT RELEASE_LOCK('l1'), RELEASE_ALL_LOCKS();
-- connection 2
SELECT GET_LOCK('l1', 0);
-- flavour mariadb
INSERT INTO o (id) VALUES ROW(100);
