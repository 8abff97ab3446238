-- SPDX-License-Identifier: Apache-2.0
-- The 0900 collations of MySQL: NO PAD, language rules, accent and case sensitivity.
-- file flavour mysql
CREATE TABLE s (id INT PRIMARY KEY, ai VARCHAR(40) COLLATE utf8mb4_0900_ai_ci, asx VARCHAR(40) COLLATE utf8mb4_0900_as_cs, asci VARCHAR(40) COLLATE utf8mb4_0900_as_ci, b VARCHAR(40) COLLATE utf8mb4_0900_bin, c CHAR(10) COLLATE utf8mb4_0900_ai_ci, KEY (ai), KEY (asx), KEY (b), KEY (c));
INSERT INTO s VALUES (1, 'apple', 'apple', 'apple', 'apple', 'apple'), (2, 'Apple', 'Apple', 'Apple', 'Apple', 'Apple'), (3, 'APPLE ', 'APPLE ', 'APPLE ', 'APPLE ', 'APPLE ');
INSERT INTO s VALUES (4, 'äpple', 'äpple', 'äpple', 'äpple', 'äpple'), (5, '', '', '', '', ''), (6, ' ', ' ', ' ', ' ', ' '), (7, '😀', '😀', '😀', '😀', '😀'), (8, '😁', '😁', '😁', '😁', '😁');
INSERT INTO s VALUES (9, 'straße', 'straße', 'straße', 'straße', 'straße'), (10, 'strasse', 'strasse', 'strasse', 'strasse', 'strasse'), (11, NULL, NULL, NULL, NULL, NULL), (12, 'zèbre', 'zèbre', 'zèbre', 'zèbre', 'zèbre');
SELECT * FROM s ORDER BY id;
SELECT id FROM s WHERE ai = 'apple' ORDER BY id;
SELECT id FROM s WHERE ai = 'apple ' ORDER BY id;
SELECT id FROM s WHERE asx = 'apple' ORDER BY id;
SELECT id FROM s WHERE asci = 'APPLE' ORDER BY id;
SELECT id FROM s WHERE b = 'apple' ORDER BY id;
SELECT id FROM s WHERE c = 'APPLE' ORDER BY id;
SELECT id FROM s WHERE ai = '' ORDER BY id;
SELECT id FROM s WHERE ai = 'STRASSE' ORDER BY id;
SELECT id FROM s WHERE ai = '😀' ORDER BY id;
SELECT id, ai FROM s ORDER BY ai, id;
SELECT id, asx FROM s ORDER BY asx, id;
SELECT id, b FROM s ORDER BY b DESC, id;
SELECT id FROM s WHERE ai LIKE 'app%' ORDER BY id;
SELECT id FROM s WHERE asx LIKE 'app%' ORDER BY id;
SELECT id FROM s WHERE ai BETWEEN 'a' AND 'b' ORDER BY id;
SELECT COUNT(DISTINCT ai), COUNT(DISTINCT asx), COUNT(DISTINCT b), COUNT(DISTINCT c) FROM s;
SELECT b, COUNT(*) FROM s GROUP BY b ORDER BY b;
CREATE TABLE k (name VARCHAR(30) PRIMARY KEY) COLLATE utf8mb4_0900_ai_ci;
INSERT INTO k VALUES ('Alice'), ('alice '), ('Bob');
INSERT INTO k VALUES ('ALICE');
INSERT INTO k VALUES ('alicé');
SELECT name FROM k ORDER BY name;
SELECT REGEXP_LIKE(name, '^a', 'c') FROM k ORDER BY name;
SELECT ANY_VALUE(name) IS NOT NULL FROM k;
SELECT t.* FROM (VALUES ROW(1, 'x'), ROW(2, 'y')) AS t(a, b) ORDER BY a;
SHOW CREATE TABLE k;
SHOW FULL COLUMNS FROM s;
