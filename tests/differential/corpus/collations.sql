-- SPDX-License-Identifier: Apache-2.0
-- Character sets and collations: equality, order, pad, accents, expansions, mixed comparisons, COLLATE.
CREATE TABLE c (id INT PRIMARY KEY, g VARCHAR(20) COLLATE utf8mb4_general_ci, u VARCHAR(20) COLLATE utf8mb4_unicode_ci, n VARCHAR(20) COLLATE utf8mb4_unicode_520_ci, b VARCHAR(20) COLLATE utf8mb4_bin, l VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci, lg VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german2_ci, lb VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin, a VARCHAR(20) CHARACTER SET ascii, u2 VARCHAR(20) CHARACTER SET ucs2, m3 VARCHAR(20) CHARACTER SET utf8mb3, vb VARBINARY(40), ch CHAR(10) COLLATE utf8mb4_general_ci, KEY (g), KEY (u), KEY (n), KEY (b), KEY (l), KEY (lg), KEY (lb), KEY (ch));
INSERT INTO c VALUES (1, 'apple', 'apple', 'apple', 'apple', 'apple', 'apple', 'apple', 'apple', 'apple', 'apple', 'apple', 'apple'), (2, 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple'), (3, 'straße', 'straße', 'straße', 'straße', 'straße', 'straße', 'straße', 'x', 'straße', 'straße', 'straße', 'straße'), (4, 'strasse', 'strasse', 'strasse', 'strasse', 'strasse', 'strasse', 'strasse', 'y', 'strasse', 'strasse', 'strasse', 'strasse'), (5, 'École', 'École', 'École', 'École', 'École', 'École', 'École', 'z', 'École', 'École', 'École', 'École'), (6, 'ecole', 'ecole', 'ecole', 'ecole', 'ecole', 'ecole', 'ecole', 'ecole', 'ecole', 'ecole', 'ecole', 'ecole'), (7, 'a ', 'a ', 'a ', 'a ', 'a ', 'a ', 'a ', 'a ', 'a ', 'a ', 'a ', 'a '), (8, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'), (9, '', '', '', '', '', '', '', '', '', '', '', ''), (10, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (11, 'Ärger', 'Ärger', 'Ärger', 'Ärger', 'Ärger', 'Ärger', 'Ärger', 'q', 'Ärger', 'Ärger', 'Ärger', 'Ärger'), (12, 'aerger', 'aerger', 'aerger', 'aerger', 'aerger', 'aerger', 'aerger', 'q', 'aerger', 'aerger', 'aerger', 'aerger'), (13, '日本', '日本', '日本', '日本', NULL, NULL, NULL, NULL, '日本', '日本', '日本', '日本'), (14, '😀', '😀', '😀', '😀', NULL, NULL, NULL, NULL, NULL, NULL, '😀', '😀'), (15, 'æon', 'æon', 'æon', 'æon', 'æon', 'æon', 'æon', 'aeon', 'æon', 'æon', 'æon', 'æon');
SELECT id FROM c WHERE g = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE u = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE n = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE b = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE b = 'Apple' ORDER BY id;
SELECT id FROM c WHERE l = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE lb = 'Apple' ORDER BY id;
SELECT id FROM c WHERE a = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE u2 = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE m3 = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE vb = 'Apple' ORDER BY id;
SELECT id FROM c WHERE g = 'strasse' ORDER BY id;
SELECT id FROM c WHERE u = 'strasse' ORDER BY id;
SELECT id FROM c WHERE n = 'STRASSE' ORDER BY id;
SELECT id FROM c WHERE l = 'strasse' ORDER BY id;
SELECT id FROM c WHERE lg = 'strasse' ORDER BY id;
SELECT id FROM c WHERE lg = 'STRASSE' ORDER BY id;
SELECT id FROM c WHERE lg = 'Aerger' ORDER BY id;
SELECT id FROM c WHERE g = 'ecole' ORDER BY id;
SELECT id FROM c WHERE u = 'ecole' ORDER BY id;
SELECT id FROM c WHERE b = 'ecole' ORDER BY id;
SELECT id FROM c WHERE l = 'ecole' ORDER BY id;
SELECT id FROM c WHERE g = 'a' ORDER BY id;
SELECT id FROM c WHERE g = 'a  ' ORDER BY id;
SELECT id FROM c WHERE b = 'a' ORDER BY id;
SELECT id FROM c WHERE vb = 'a' ORDER BY id;
SELECT id FROM c WHERE ch = 'a ' ORDER BY id;
SELECT id FROM c WHERE g = '' ORDER BY id;
SELECT id FROM c WHERE g = ' ' ORDER BY id;
SELECT id FROM c WHERE vb = ' ' ORDER BY id;
SELECT id FROM c WHERE g = '😀' ORDER BY id;
SELECT id FROM c WHERE u = '😀' ORDER BY id;
SELECT id FROM c WHERE u = '🎉' ORDER BY id;
SELECT id FROM c WHERE b = '😀' ORDER BY id;
SELECT id FROM c WHERE l = '日本' ORDER BY id;
SELECT id FROM c WHERE u2 = '日本' ORDER BY id;
SELECT id FROM c WHERE g = 'æon' ORDER BY id;
SELECT id FROM c WHERE u = 'aeon' ORDER BY id;
SELECT id FROM c WHERE n = 'aeon' ORDER BY id;
SELECT id FROM c WHERE g LIKE 'a%' ORDER BY id;
SELECT id FROM c WHERE u LIKE 'stra_e' ORDER BY id;
SELECT id FROM c WHERE u LIKE 'stras%' ORDER BY id;
SELECT id FROM c WHERE b LIKE 'A%' ORDER BY id;
SELECT id FROM c WHERE l LIKE '%É%' ORDER BY id;
SELECT id FROM c WHERE g LIKE 'a ' ORDER BY id;
SELECT id FROM c WHERE vb LIKE 'A%' ORDER BY id;
SELECT id FROM c WHERE g COLLATE utf8mb4_bin = 'apple' ORDER BY id;
SELECT id FROM c WHERE g = 'apple' COLLATE utf8mb4_bin ORDER BY id;
SELECT id FROM c WHERE b COLLATE utf8mb4_general_ci = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE BINARY g = 'apple' ORDER BY id;
SELECT id FROM c WHERE g = BINARY 'apple' ORDER BY id;
SELECT id FROM c WHERE g COLLATE latin1_bin = 'apple' ORDER BY id;
SELECT id FROM c WHERE g = _latin1'apple' ORDER BY id;
SELECT id FROM c WHERE l = _utf8mb4'École' ORDER BY id;
SELECT id FROM c WHERE g = _latin1 x'C9636F6C65' ORDER BY id;
SELECT id FROM c WHERE g = CONVERT(l USING utf8mb4) ORDER BY id;
SELECT id FROM c WHERE g = l ORDER BY id;
SELECT id FROM c WHERE g = b ORDER BY id;
SELECT id FROM c WHERE g = u ORDER BY id;
SELECT id FROM c WHERE g = vb ORDER BY id;
SELECT id FROM c WHERE g = m3 ORDER BY id;
SELECT id FROM c WHERE l = lb ORDER BY id;
SELECT id FROM c WHERE b IN ('apple', 'Apple', 'APPLE') ORDER BY id;
SELECT id FROM c WHERE g IN ('apple', 'strasse') ORDER BY id;
SELECT id FROM c WHERE u NOT IN ('apple', 'strasse') ORDER BY id;
SELECT id FROM c WHERE g > 'b' ORDER BY id;
SELECT id FROM c WHERE u > 'b' ORDER BY id;
SELECT id FROM c WHERE b > 'b' ORDER BY id;
SELECT id FROM c WHERE l < 'b' ORDER BY id;
SELECT id FROM c WHERE g BETWEEN 'A' AND 'B' ORDER BY id;
SELECT id FROM c WHERE b BETWEEN 'A' AND 'B' ORDER BY id;
SELECT id FROM c ORDER BY g, b, id;
SELECT id FROM c ORDER BY u, b, id;
SELECT id FROM c ORDER BY n, b, id;
SELECT id FROM c ORDER BY b, id;
SELECT id FROM c ORDER BY l, lb, id;
SELECT id FROM c ORDER BY lg, lb, id;
SELECT id FROM c ORDER BY lb, id;
SELECT id FROM c ORDER BY u2, b, id;
SELECT id FROM c ORDER BY vb, id;
SELECT id FROM c ORDER BY ch, b, id;
SELECT id FROM c ORDER BY g COLLATE utf8mb4_unicode_ci DESC, b, id;
SELECT COUNT(DISTINCT g), COUNT(DISTINCT u), COUNT(DISTINCT n), COUNT(DISTINCT b), COUNT(DISTINCT l), COUNT(DISTINCT lg), COUNT(DISTINCT lb), COUNT(DISTINCT vb), COUNT(DISTINCT ch) FROM c;
SELECT COUNT(*) AS k, MIN(id) FROM c GROUP BY g ORDER BY 2;
SELECT COUNT(*) AS k, MIN(id) FROM c GROUP BY u ORDER BY 2;
SELECT COUNT(*) AS k, MIN(id) FROM c GROUP BY lg ORDER BY 2;
SELECT COUNT(*) AS k, MIN(id) FROM c GROUP BY b ORDER BY 2;
SELECT COUNT(*) AS k, MIN(id) FROM c GROUP BY g COLLATE utf8mb4_bin ORDER BY 2;
SELECT x.id, y.id FROM c x JOIN c y ON x.g = y.g AND x.id < y.id ORDER BY 1, 2;
SELECT x.id, y.id FROM c x JOIN c y ON x.u = y.u AND x.id < y.id ORDER BY 1, 2;
SELECT x.id, y.id FROM c x JOIN c y ON x.lg = y.lg AND x.id < y.id ORDER BY 1, 2;
SELECT x.id, y.id FROM c x JOIN c y ON x.g = y.b AND x.id < y.id ORDER BY 1, 2;
SELECT x.id, y.id FROM c x JOIN c y ON x.l = y.g AND x.id < y.id ORDER BY 1, 2;
SELECT id, UPPER(g), LOWER(l), HEX(l), HEX(u2), LENGTH(u2), CHAR_LENGTH(m3), HEX(CAST(lg AS CHAR CHARACTER SET utf8mb4)) FROM c ORDER BY id;
SELECT id, CONCAT(g, l), CHARSET(CONCAT(g, l)), COLLATION(CONCAT(g, b)), CHARSET(CONCAT(l, vb)) FROM c WHERE id IN (1, 5) ORDER BY id;
SELECT id, CONCAT(g, u) FROM c WHERE id = 1;
SELECT id, g LIKE u FROM c WHERE id = 1;
SELECT MIN(g), MAX(b), MIN(u) FROM c WHERE id IN (5, 11, 15);
SELECT STRCMP(g, 'APPLE'), STRCMP(b, 'APPLE'), LOCATE('PP', g), LOCATE('PP', b), INSTR(l, 'PP'), REPLACE(g, 'PP', 'x'), FIELD('APPLE', g, b) FROM c WHERE id = 1;
INSERT INTO c (id, l) VALUES (20, '日本');
INSERT INTO c (id, a) VALUES (20, 'é');
INSERT INTO c (id, m3) VALUES (20, '😀');
INSERT INTO c (id, u2) VALUES (20, '😀');
INSERT INTO c (id, g) VALUES (20, x'FF');
INSERT INTO c (id, l) VALUES (20, x'E9FF'), (21, _utf8mb4'é');
SET sql_mode = '';
INSERT INTO c (id, l, a, m3, u2, g) VALUES (22, '日本', 'é', '😀', '😀', x'41FF42');
UPDATE c SET l = '€œ日' WHERE id = 21;
SET sql_mode = DEFAULT;
SELECT id, l, a, m3, u2, g, HEX(l), HEX(g) FROM c WHERE id >= 20 ORDER BY id;
CREATE TABLE uq (id INT PRIMARY KEY, g VARCHAR(10) COLLATE utf8mb4_general_ci, u VARCHAR(10) COLLATE utf8mb4_unicode_ci, b VARCHAR(10) COLLATE utf8mb4_bin, c CHAR(5), UNIQUE (g), UNIQUE (u), UNIQUE (b), UNIQUE (c));
INSERT INTO uq VALUES (1, 'a', 'strasse', 'a', 'x');
INSERT INTO uq (id, g) VALUES (2, 'A');
INSERT INTO uq (id, g) VALUES (2, 'a ');
INSERT INTO uq (id, g) VALUES (2, 'Á');
INSERT INTO uq (id, u) VALUES (2, 'STRAßE');
INSERT INTO uq (id, b) VALUES (2, 'A'), (3, 'a ');
INSERT INTO uq (id, b) VALUES (2, 'A'), (4, 'á');
INSERT INTO uq (id, c) VALUES (5, 'x ');
UPDATE uq SET g = 'A' WHERE id = 1;
UPDATE uq SET g = 'a' WHERE id = 2;
SELECT * FROM uq ORDER BY id;
SET NAMES latin1;
SELECT id, g, HEX(g), l, HEX(l) FROM c WHERE id IN (5, 13) ORDER BY id;
SELECT id FROM c WHERE l = 'ecole' ORDER BY id;
SET NAMES utf8mb4;
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
SELECT 'a' = 'A', id FROM c WHERE g = 'APPLE' ORDER BY id;
SELECT id FROM c WHERE CONCAT('app', 'LE') = 'apple';
SET NAMES utf8mb4;
SET character_set_results = NULL;
SELECT id, l, g FROM c WHERE id IN (1, 5) ORDER BY id;
SET character_set_results = latin1;
SELECT id, g FROM c WHERE id = 5;
SET NAMES utf8mb4;
-- flavour mysql
CREATE TABLE c9 (id INT PRIMARY KEY, ai VARCHAR(20) COLLATE utf8mb4_0900_ai_ci, cs VARCHAR(20) COLLATE utf8mb4_0900_as_cs, asci VARCHAR(20) COLLATE utf8mb4_0900_as_ci, bin VARCHAR(20) COLLATE utf8mb4_0900_bin, de VARCHAR(20) COLLATE utf8mb4_de_pb_0900_ai_ci, KEY (ai), KEY (cs), KEY (asci), KEY (bin), KEY (de));
-- flavour mysql
INSERT INTO c9 VALUES (1, 'apple', 'apple', 'apple', 'apple', 'apple'), (2, 'Äpple', 'Äpple', 'Äpple', 'Äpple', 'Äpple'), (3, 'APPLE ', 'APPLE ', 'APPLE ', 'APPLE ', 'APPLE '), (4, 'straße', 'straße', 'straße', 'straße', 'straße'), (5, 'strasse', 'strasse', 'strasse', 'strasse', 'strasse'), (6, 'aepple', 'aepple', 'aepple', 'aepple', 'aepple'), (7, '', '', '', '', ''), (8, NULL, NULL, NULL, NULL, NULL);
-- flavour mysql
SELECT id FROM c9 WHERE ai = 'apple' ORDER BY id;
-- flavour mysql
SELECT id FROM c9 WHERE ai = 'apple ' ORDER BY id;
-- flavour mysql
SELECT id FROM c9 WHERE cs = 'apple' ORDER BY id;
-- flavour mysql
SELECT id FROM c9 WHERE asci = 'APPLE' ORDER BY id;
-- flavour mysql
SELECT id FROM c9 WHERE bin = 'apple' ORDER BY id;
-- flavour mysql
SELECT id FROM c9 WHERE de = 'aepple' ORDER BY id;
-- flavour mysql
SELECT id FROM c9 WHERE ai = 'STRASSE' ORDER BY id;
-- flavour mysql
SELECT id FROM c9 ORDER BY ai, bin, id;
-- flavour mysql
SELECT id FROM c9 ORDER BY cs, id;
-- flavour mysql
SELECT id FROM c9 ORDER BY de, bin, id;
-- flavour mysql
SELECT COUNT(DISTINCT ai), COUNT(DISTINCT cs), COUNT(DISTINCT asci), COUNT(DISTINCT bin), COUNT(DISTINCT de) FROM c9;
-- flavour mariadb
CREATE TABLE cm (id INT PRIMARY KEY, np VARCHAR(20) COLLATE utf8mb4_general_nopad_ci, un VARCHAR(20) COLLATE utf8mb4_unicode_nopad_ci, u14 VARCHAR(20) COLLATE utf8mb4_uca1400_ai_ci, ucs VARCHAR(20) COLLATE utf8mb4_uca1400_as_cs, KEY (np), KEY (un), KEY (u14), KEY (ucs));
-- flavour mariadb
INSERT INTO cm VALUES (1, 'a', 'a', 'a', 'a'), (2, 'A ', 'A ', 'A ', 'A '), (3, 'á', 'á', 'á', 'á'), (4, 'ß', 'ß', 'ß', 'ß'), (5, 'ss', 'ss', 'ss', 'ss');
-- flavour mariadb
SELECT id FROM cm WHERE np = 'A' ORDER BY id;
-- flavour mariadb
SELECT id FROM cm WHERE un = 'A' ORDER BY id;
-- flavour mariadb
SELECT id FROM cm WHERE u14 = 'A' ORDER BY id;
-- flavour mariadb
SELECT id FROM cm WHERE ucs = 'a' ORDER BY id;
-- flavour mariadb
SELECT id FROM cm WHERE un = 'SS' ORDER BY id;
-- flavour mariadb
SELECT id FROM cm WHERE u14 = 'SS' ORDER BY id;
-- flavour mariadb
SELECT COUNT(DISTINCT np), COUNT(DISTINCT un), COUNT(DISTINCT u14), COUNT(DISTINCT ucs) FROM cm;
-- flavour mariadb
SELECT id FROM cm ORDER BY un, ucs, id;
-- flavour mariadb
CREATE TABLE mdb (id INT PRIMARY KEY, u UUID, i6 INET6, KEY (u));
-- flavour mariadb
INSERT INTO mdb VALUES (1, '123e4567-e89b-12d3-a456-426655440000', '::1'), (2, '123E4567E89B12D3A456426655440001', '192.168.1.1'), (3, NULL, NULL);
-- flavour mariadb
SELECT * FROM mdb ORDER BY id;
-- flavour mariadb
SELECT id FROM mdb WHERE u = '123E4567-E89B-12D3-A456-426655440000';
-- flavour mariadb
SELECT id FROM mdb WHERE i6 = '::ffff:192.168.1.1' OR i6 = '0::0001' ORDER BY id;
-- flavour mariadb
INSERT INTO mdb VALUES (4, 'bad', NULL);
-- flavour mariadb
SELECT u, COUNT(*) FROM mdb GROUP BY u ORDER BY u;
