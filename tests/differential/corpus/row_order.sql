-- SPDX-License-Identifier: Apache-2.0
-- Which rows a LIMIT without a full order takes, where MySQL reads along the primary key.
CREATE TABLE o (id INT PRIMARY KEY, k INT, v VARCHAR(20), KEY (k));
INSERT INTO o VALUES (10, 1, 'ten'), (5, 1, 'five'), (7, 2, 'seven'), (-1, 2, 'minus'), (3, 1, 'three');
SELECT * FROM o LIMIT 1;
SELECT * FROM o LIMIT 2, 2;
SELECT id, UPPER(v) FROM o LIMIT 2;
SELECT * FROM o WHERE k = 1 LIMIT 2;
SELECT * FROM o WHERE v <> 'x' LIMIT 3;
UPDATE o SET id = 4 WHERE id = 10;
SELECT * FROM o WHERE k = 1 LIMIT 2;
DELETE FROM o WHERE id = 3;
INSERT INTO o VALUES (3, 1, 'again');
SELECT * FROM o LIMIT 3;
ALTER TABLE o DROP PRIMARY KEY;
SELECT COUNT(*) FROM o;
ALTER TABLE o ADD PRIMARY KEY (k, id);
ALTER TABLE o DROP PRIMARY KEY, ADD PRIMARY KEY (id);
SELECT * FROM o LIMIT 2;
-- ignore affected info
ALTER TABLE o DROP PRIMARY KEY, ADD UNIQUE KEY (id);
SELECT * FROM o ORDER BY id LIMIT 2;
ALTER TABLE o MODIFY id BIGINT NOT NULL, ADD PRIMARY KEY (id);
SELECT * FROM o LIMIT 2;
ALTER TABLE o RENAME COLUMN id TO ident;
SELECT * FROM o LIMIT 2;
CREATE TABLE c (id INT PRIMARY KEY, o BIGINT, FOREIGN KEY (o) REFERENCES o (ident));
INSERT INTO c VALUES (2, 5), (1, 7);
SELECT * FROM o JOIN c ON c.o = o.ident LIMIT 5;
DROP TABLE c, o;
-- A given id uses none of the counter, wherever the row's other values come from.
CREATE TABLE n (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20) UNIQUE);
INSERT INTO n (id, v) VALUES (100, NULL) ON DUPLICATE KEY UPDATE v = 'x';
INSERT INTO n (v) VALUES ('a');
INSERT INTO n (id, v) VALUES (50, NULL) ON DUPLICATE KEY UPDATE v = 'x';
INSERT INTO n (v) VALUES ('b');
-- flavour mariadb
INSERT INTO n (v, id) VALUES (UPPER('q'), 60) RETURNING id;
-- flavour mariadb
INSERT INTO n (v, id) VALUES (UPPER('r'), 0) RETURNING id;
INSERT INTO n VALUES (61, LOWER('S'));
INSERT INTO n (v) VALUES ('c');
SELECT * FROM n ORDER BY id;
DROP TABLE n;
-- A database goes with all that it holds, foreign keys too.
CREATE DATABASE df_row_order_2;
CREATE TABLE df_row_order_2.c (id INT PRIMARY KEY);
CREATE TABLE df_row_order_2.a (id INT PRIMARY KEY, c INT, FOREIGN KEY (c) REFERENCES df_row_order_2.c (id));
CREATE TABLE df_row_order_2.b (id INT PRIMARY KEY, a INT, c INT, FOREIGN KEY (a) REFERENCES df_row_order_2.a (id), FOREIGN KEY (c) REFERENCES df_row_order_2.c (id));
DROP DATABASE df_row_order_2;
SHOW DATABASES LIKE 'df\_row\_order%';
-- Tables without rows are changed where they are; with rows they are rebuilt. Each also as a parent.
CREATE TABLE p (id INT PRIMARY KEY, u INT, v VARCHAR(20), KEY (u));
CREATE TABLE q (id INT PRIMARY KEY, p INT, w VARCHAR(20));
CREATE TABLE s (id INT PRIMARY KEY, q INT, FOREIGN KEY (q) REFERENCES q (id));
ALTER TABLE q ADD CONSTRAINT qp FOREIGN KEY (p) REFERENCES p (id);
ALTER TABLE p ADD INDEX (v), ADD COLUMN n INT NOT NULL DEFAULT 7;
ALTER TABLE p MODIFY v VARCHAR(300) NOT NULL, DROP COLUMN u;
ALTER TABLE p ADD UNIQUE uv (v);
ALTER TABLE q ADD COLUMN x DATE NOT NULL, ADD KEY xw (x, w), DROP FOREIGN KEY qp;
ALTER TABLE q ADD CONSTRAINT qp2 FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE;
SHOW CREATE TABLE p;
SHOW CREATE TABLE q;
SHOW CREATE TABLE s;
INSERT INTO p (id, v) VALUES (1, 'one'), (2, 'two');
INSERT INTO q VALUES (1, 1, 'a', '2020-01-01'), (2, 2, 'b', '2020-01-02');
INSERT INTO q VALUES (3, 9, 'a', '2020-01-01');
INSERT INTO s VALUES (1, 1);
INSERT INTO s VALUES (2, 9);
SELECT * FROM p JOIN q ON q.p = p.id LEFT JOIN s ON s.q = q.id ORDER BY p.id;
ALTER TABLE p MODIFY id BIGINT NOT NULL;
ALTER TABLE q ADD UNIQUE (w);
ALTER TABLE s ADD CONSTRAINT sp FOREIGN KEY (id) REFERENCES p (id);
INSERT INTO p (id, v) VALUES (1, 'three');
INSERT INTO p (id, v) VALUES (3, 'one');
DELETE FROM p WHERE id = 2;
SELECT * FROM q ORDER BY id;
-- ignore message
DELETE FROM p WHERE id = 1;
SELECT COUNT(*) FROM q JOIN s ON s.q = q.id;
DROP TABLE s, q, p;
-- Keys that change in the order of the statement, in a table whose other key is a parent.
CREATE TABLE u (id INT PRIMARY KEY AUTO_INCREMENT, number INT NOT NULL UNIQUE);
CREATE TABLE uc (u INT PRIMARY KEY, FOREIGN KEY (u) REFERENCES u (id));
INSERT INTO u (number) VALUES (1), (2), (3);
UPDATE u SET number = number + 1 ORDER BY number DESC, id;
UPDATE u SET number = number + 1 ORDER BY number;
SELECT * FROM u ORDER BY id;
DROP TABLE uc, u;
-- The counter of an empty table may be set back.
CREATE TABLE back (id INT AUTO_INCREMENT PRIMARY KEY, v INT);
INSERT INTO back (v) VALUES (1), (2);
DELETE FROM back;
ALTER TABLE back AUTO_INCREMENT = 1;
INSERT INTO back (v) VALUES (3);
SELECT * FROM back;
ALTER TABLE back AUTO_INCREMENT = 10;
INSERT INTO back (v) VALUES (4);
SELECT * FROM back ORDER BY id;
DROP TABLE back;
