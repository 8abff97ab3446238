-- SPDX-License-Identifier: Apache-2.0
-- Columns whose comments ask for more or fewer onions answer as any other.
CREATE TABLE eager (id INT PRIMARY KEY, n INT COMMENT 'allium: onions=eager', s VARCHAR(20) COMMENT 'allium: onions=eager', d DECIMAL(10,2) COMMENT 'allium: onions=eager');
INSERT INTO eager VALUES (1, 5, 'five', 5.50), (2, NULL, NULL, NULL), (3, -7, 'Seven', -7.25), (4, 5, 'FIVE', 5.5);
SELECT id FROM eager WHERE n = 5 ORDER BY id;
SELECT id FROM eager WHERE n > -100 ORDER BY n DESC, id;
SELECT id FROM eager WHERE s = 'five' ORDER BY id;
SELECT n, COUNT(*) FROM eager GROUP BY n ORDER BY n;
SELECT MIN(d), MAX(d), MIN(n), MAX(n) FROM eager;
UPDATE eager SET n = n + 1, s = 'six' WHERE n = 5;
SELECT * FROM eager ORDER BY id;
CREATE INDEX by_n ON eager (n);
SELECT id FROM eager WHERE n = 6 ORDER BY id;
SELECT id FROM eager WHERE n BETWEEN -10 AND 6 ORDER BY n, id;
SELECT a.id, b.id FROM eager a JOIN eager b ON a.n = b.n ORDER BY 1, 2;
DROP TABLE eager;
CREATE TABLE closed (id INT PRIMARY KEY, n INT COMMENT 'allium: floor=rnd', KEY (n));
INSERT INTO closed VALUES (1, 10), (2, 20), (3, 10);
SELECT id FROM closed WHERE n = 10 ORDER BY id;
SELECT id, n FROM closed ORDER BY n DESC, id;
SHOW CREATE TABLE closed;
ALTER TABLE closed ADD COLUMN m INT;
UPDATE closed SET m = n WHERE n > 10;
SELECT * FROM closed ORDER BY id;
DROP TABLE closed;
CREATE TABLE raised (id INT PRIMARY KEY, n INT, KEY (n));
INSERT INTO raised VALUES (1, 10), (2, 20), (3, 10);
ALTER TABLE raised MODIFY n INT COMMENT 'allium: floor=rnd';
SELECT id FROM raised WHERE n = 10 ORDER BY id;
INSERT INTO raised VALUES (4, 10);
SELECT id FROM raised WHERE n = 10 ORDER BY id;
DROP TABLE raised;
CREATE TABLE words (id INT PRIMARY KEY, t TEXT COMMENT 'allium: search=ngram', b VARBINARY(10) COMMENT 'allium: search=ngram');
INSERT INTO words VALUES (1, 'The quick brown fox', 'abcdef'), (2, '', ''), (3, NULL, NULL), (4, 'fo', 'x');
SELECT id FROM words WHERE t LIKE '%BROWN%' ORDER BY id;
UPDATE words SET t = CONCAT(t, ' jumps') WHERE id < 3;
SELECT id, t, b FROM words ORDER BY id;
DROP TABLE words;
-- expect refused
CREATE TABLE refused (id INT PRIMARY KEY COMMENT 'allium: floor=rnd');
-- expect refused
CREATE TABLE refused (id INT COMMENT 'allium: colour=red');
