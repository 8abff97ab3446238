-- SPDX-License-Identifier: Apache-2.0
-- Prepared statements of the binary protocol, with parameters of every kind.
CREATE TABLE p (id INT PRIMARY KEY AUTO_INCREMENT, i INT, u BIGINT UNSIGNED, d DECIMAL(10,3), x DOUBLE, f FLOAT, s VARCHAR(40), b VARBINARY(40), dt DATE, tm TIME(3), ts DATETIME(6), y YEAR, ti TINYINT, sm SMALLINT, me MEDIUMINT, t TEXT, KEY (i), KEY (s), KEY (ts));
-- bind int 1|uint 18446744073709551615|decimal 123.456|double 2.5|str text|blob 00ff00|str 2024-01-02
-- bind int -2147483648|uint 0|decimal -0.001|double -1e300|str |blob |str 1000-01-01
-- bind null|null|null|null|null|null|null
-- bind str 77|str 88|int 9|int 10|int 11|str q|int 20240229
INSERT INTO p (i, u, d, x, s, b, dt) VALUES (?, ?, ?, ?, ?, ?, ?);
-- bind str 10:11:12.345|str 2024-01-02 03:04:05.678901|int 2024|int -128|int -32768|int -8388608|str long text|double 1.5
INSERT INTO p (tm, ts, y, ti, sm, me, t, f) VALUES (?, ?, ?, ?, ?, ?, ?, ?);
-- bind
SELECT * FROM p ORDER BY id;
-- bind int 1
-- bind str 1
-- bind null
-- bind double 1.0
-- bind decimal 1.0
-- bind uint 1
SELECT id, s FROM p WHERE i = ?;
-- bind str text
-- bind str TEXT
-- bind blob 54455854
-- bind int 0
SELECT id FROM p WHERE s = ? ORDER BY id;
-- bind uint 18446744073709551615
-- bind int -1
SELECT id FROM p WHERE u = ?;
-- bind decimal 123.456
-- bind double 123.456
-- bind str 123.4560
SELECT id FROM p WHERE d = ?;
-- bind str 2024-01-02
-- bind int 20240102
SELECT id FROM p WHERE dt = ?;
-- On MySQL an impossible date is an error or no row as the optimizer falls.
-- flavour mariadb
-- bind str garbage
SELECT id FROM p WHERE dt = ?;
-- bind int 0|int 100
-- bind int -2147483648|int 2147483647
SELECT id, i FROM p WHERE i BETWEEN ? AND ? ORDER BY i;
-- bind int 1|int 77|int 5
SELECT id FROM p WHERE i IN (?, ?, ?) ORDER BY id;
-- bind str t%
SELECT id FROM p WHERE s LIKE ? ORDER BY id;
-- bind int 2|int 1
SELECT id FROM p ORDER BY id LIMIT ? OFFSET ?;
-- A bound string is VAR_STRING on the server, a string literal of the same length is STRING.
-- ignore type
-- bind int 5|str x|null
SELECT ?, ?, ? IS NULL;
-- bind int 5|int 5
-- bind str five|str five
-- bind double 5.5|double 5.5
-- bind decimal 5.50|decimal 5.50
-- bind null|null
SELECT ? + 1, CONCAT('a', ?) FROM DUAL;
-- bind int 5
SELECT ? + 1;
-- bind str new|int 1
UPDATE p SET s = ? WHERE i = ?;
-- bind int 10|int 1
UPDATE p SET x = x + ? WHERE i = ?;
-- bind int 1
SELECT x, s FROM p WHERE i = ?;
-- bind int 99999999999|int 1
UPDATE p SET i = ? WHERE id = ?;
-- bind str toolongtoolongtoolongtoolongtoolongtoolongtoolong
INSERT INTO p (s) VALUES (?);
-- bind int 77
DELETE FROM p WHERE i = ?;
-- bind
SELECT COUNT(*), SUM(i), AVG(d), MIN(s), MAX(ts) FROM p;
-- bind int 1
SELECT i, COUNT(*) FROM p WHERE id > ? GROUP BY i ORDER BY i;
-- bind int 1
REPLACE INTO p (id, i, s) VALUES (?, 5, 'replaced');
-- bind int 1|str odku
INSERT INTO p (id, s) VALUES (?, ?) ON DUPLICATE KEY UPDATE s = VALUES(s);
-- bind
SELECT id, s FROM p WHERE id = 1;
-- bind
SELECT nope FROM p;
-- bind int 1
SELECT * FROM nosuch WHERE a = ?;
-- bind int 1
SELEC ?;
-- bind str x
SELECT id FROM p WHERE s = ? FOR UPDATE;
-- bind int 3
SELECT a.id, b.id FROM p a JOIN p b ON a.id = b.id WHERE a.id < ? ORDER BY 1;
-- bind
CREATE TABLE q (a INT);
-- bind int 4
INSERT INTO q VALUES (?);
-- bind
SELECT a FROM q;
-- bind
DROP TABLE q;
-- ignore org_table schema
-- bind
SHOW TABLES;
-- bind
BEGIN;
-- bind int 1
DELETE FROM p WHERE id = ?;
-- bind
ROLLBACK;
-- bind
SELECT COUNT(*) FROM p;
-- numbers of user variables in EXECUTE .. USING
CREATE TABLE using_values (d DOUBLE, v VARCHAR(30), e DECIMAL(20,5));
PREPARE ins FROM 'INSERT INTO using_values VALUES (?, ?, ?)';
SET @d = 1.11111111111111111111e+50, @n = -0.5e0, @e = 12.25;
EXECUTE ins USING @d, @d, @e;
EXECUTE ins USING @n, @n, @n;
SELECT * FROM using_values ORDER BY d;
CREATE TABLE vt (id INT PRIMARY KEY, n INT, b VARCHAR(9));
INSERT INTO vt VALUES (1, 2, 'x');
CREATE VIEW vv AS SELECT * FROM vt;
-- bind int 1
SELECT n + 1, UPPER(q0.b) FROM vv q0 WHERE id = ?;
-- bind int 1
SELECT SUM(q0.id), COUNT(*) FROM vv q0 WHERE id = ?;
-- bind int 1
SELECT SUM(q0.id) FROM vt q0 JOIN vt q1 ON q0.id = q1.id WHERE q0.id = ?;
-- columns of EXECUTE are named as when it was prepared
CREATE TABLE marks (a INT, b VARCHAR(5));
INSERT INTO marks VALUES (1, 'x'), (2, NULL);
PREPARE m FROM 'SELECT ?, b, a + ?, CONCAT(?, b) AS c FROM marks WHERE a >= ? ORDER BY a';
SET @i = 1, @s = 'pre';
-- ignore metadata
EXECUTE m USING @i, @i, @s, @i;
-- ignore metadata
-- flavour mariadb
EXECUTE m USING @s, @i, @s, @i;
PREPARE m FROM 'SELECT a FROM marks WHERE a = ?';
EXECUTE m USING @i;
PREPARE m FROM 'SHOW COLUMNS FROM marks LIKE ?';
EXECUTE m USING @s;
