-- SPDX-License-Identifier: Apache-2.0
-- As a dump is imported: foreign keys before their parents, keys disabled, then all is there.
SET FOREIGN_KEY_CHECKS = 0;
CREATE TABLE a_child (id INT PRIMARY KEY, z_id INT, zz_code VARCHAR(10), KEY z (z_id), CONSTRAINT fz FOREIGN KEY (z_id) REFERENCES z_parent (id), CONSTRAINT fzz FOREIGN KEY (zz_code) REFERENCES z_parent (code));
CREATE TABLE b_child (id INT PRIMARY KEY, z_id INT, CONSTRAINT fb FOREIGN KEY (z_id) REFERENCES z_parent (id) ON DELETE CASCADE);
INSERT INTO a_child VALUES (1, 5, 'Abc'), (2, NULL, NULL);
INSERT INTO b_child VALUES (1, 5), (2, 6);
CREATE TABLE z_parent (id INT PRIMARY KEY, code VARCHAR(10) UNIQUE, self_id INT, CONSTRAINT fs FOREIGN KEY (self_id) REFERENCES z_parent (id));
INSERT INTO z_parent VALUES (5, 'abc', NULL), (6, 'def', 5);
SET FOREIGN_KEY_CHECKS = 1;
-- ignore message
INSERT INTO b_child VALUES (3, 7);
-- ignore message
INSERT INTO a_child VALUES (3, 5, 'nope');
-- ignore message
DELETE FROM z_parent WHERE id = 5;
SELECT a_child.id, z_parent.code FROM a_child JOIN z_parent ON a_child.z_id = z_parent.id ORDER BY a_child.id;
SELECT b_child.id FROM b_child JOIN z_parent ON b_child.z_id = z_parent.id ORDER BY b_child.id;
UPDATE z_parent SET self_id = NULL;
DELETE FROM z_parent WHERE id = 6;
SELECT * FROM b_child ORDER BY id;
SHOW CREATE TABLE a_child;
RENAME TABLE z_parent TO y_parent;
SHOW CREATE TABLE b_child;
-- ignore message
INSERT INTO b_child VALUES (4, 77);
INSERT INTO b_child VALUES (4, 5);
ALTER TABLE y_parent ADD extra INT NOT NULL DEFAULT 1, MODIFY code VARCHAR(12);
-- ignore message
INSERT INTO b_child VALUES (5, 78);
INSERT INTO b_child VALUES (6, 5);
-- ignore message
DROP TABLE y_parent;
SET FOREIGN_KEY_CHECKS = 0;
DROP TABLE y_parent;
SET FOREIGN_KEY_CHECKS = 1;
DROP TABLE a_child, b_child;
-- chains, merged late, as Django adds its constraints
CREATE TABLE m1 (id BIGINT AUTO_INCREMENT PRIMARY KEY, n VARCHAR(10));
CREATE TABLE m2 (m1_id BIGINT PRIMARY KEY, k INT);
CREATE TABLE m3 (id BIGINT AUTO_INCREMENT PRIMARY KEY, m2_id BIGINT NOT NULL);
INSERT INTO m1 (n) VALUES ('a'), ('b');
INSERT INTO m2 VALUES (1, 11), (2, 22);
INSERT INTO m3 (m2_id) VALUES (1), (2), (2);
CREATE INDEX m3_m2 ON m3 (m2_id);
ALTER TABLE m3 ADD CONSTRAINT c3 FOREIGN KEY (m2_id) REFERENCES m2 (m1_id);
ALTER TABLE m2 ADD CONSTRAINT c2 FOREIGN KEY (m1_id) REFERENCES m1 (id);
SELECT m3.id, m2.k, m1.n FROM m3 JOIN m2 ON m3.m2_id = m2.m1_id JOIN m1 ON m2.m1_id = m1.id ORDER BY m3.id;
-- ignore message
INSERT INTO m3 (m2_id) VALUES (3);
-- ignore message
INSERT INTO m2 VALUES (3, 1);
-- ignore insert_id
INSERT INTO m3 (m2_id) VALUES (1);
-- ignore message
ALTER TABLE m3 ADD CONSTRAINT bad FOREIGN KEY (id) REFERENCES m1 (id);
SELECT COUNT(*) FROM m3;
DROP TABLE m3, m2, m1;
-- databases
CREATE DATABASE df_other CHARACTER SET latin1;
CREATE TABLE df_other.t (id INT PRIMARY KEY, s VARCHAR(5));
INSERT INTO df_other.t VALUES (1, 'x');
SHOW CREATE TABLE df_other.t;
ALTER DATABASE df_other CHARACTER SET utf8mb4;
CREATE DATABASE df_other;
CREATE DATABASE IF NOT EXISTS df_other;
CREATE TABLE df_other.u (s VARCHAR(5));
SHOW CREATE TABLE df_other.u;
DROP DATABASE df_other;
DROP DATABASE df_other;
SELECT * FROM df_other.t;
CREATE TABLE df_other.t (id INT);
-- generated columns and checks
CREATE TABLE g (a INT, b INT AS (a + 1) VIRTUAL, c INT AS (a * 2) STORED, KEY (b), KEY (c), CHECK (a < 100));
INSERT INTO g (a) VALUES (1), (5), (NULL);
SELECT * FROM g WHERE b > 2 ORDER BY a;
INSERT INTO g (a) VALUES (100);
ALTER TABLE g MODIFY a BIGINT;
ALTER TABLE g DROP COLUMN c;
SELECT * FROM g ORDER BY a;
ALTER TABLE g ADD d VARCHAR(20) NOT NULL DEFAULT (CONCAT('x', a));
ALTER TABLE g ADD PRIMARY KEY (a);
DROP TABLE g;
-- many columns, long rows
CREATE TABLE w (id INT PRIMARY KEY, c1 VARCHAR(255), c2 VARCHAR(255), c3 VARCHAR(255), c4 VARCHAR(255), c5 VARCHAR(255), c6 VARCHAR(255), c7 VARCHAR(255), c8 VARCHAR(255), c9 VARCHAR(255), c10 VARCHAR(1000), c11 TEXT, c12 LONGTEXT, c13 MEDIUMBLOB);
INSERT INTO w (id, c1, c9, c10, c12) VALUES (1, REPEAT('a', 255), REPEAT('é', 255), REPEAT('b', 1000), REPEAT('c', 70000));
SELECT id, LENGTH(c1), LENGTH(c9), LENGTH(c10), LENGTH(c12), c13 FROM w;
ALTER TABLE w MODIFY c1 VARCHAR(300), DROP c2, ADD c14 INT AFTER id;
SELECT id, LENGTH(c1), LENGTH(c9), LENGTH(c10), LENGTH(c12), c14 FROM w;
DROP TABLE w;
