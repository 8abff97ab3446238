-- SPDX-License-Identifier: Apache-2.0
-- BINARY, VARBINARY and the BLOB family: every byte value, padding, empty.
CREATE TABLE b (id INT PRIMARY KEY, f BINARY(6), v VARBINARY(300), t TINYBLOB, b BLOB, m MEDIUMBLOB, l LONGBLOB, KEY (f), KEY (v), KEY (b(8)));
INSERT INTO b (id, f, v, b) VALUES (1, 'abc', 'abc', 'abc'), (2, x'616263000000', x'616263000000', x'616263000000'), (3, '', '', ''), (4, NULL, NULL, NULL), (5, 'ABC', 'ABC', 'ABC'), (6, x'ffffffffffff', x'ff', x'ff'), (7, x'00', x'00', x'00'), (8, 'abc ', 'abc ', 'abc ');
INSERT INTO b (id, v) VALUES (9, x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f');
INSERT INTO b (id, v) VALUES (10, 0x808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff);
INSERT INTO b (id, v) VALUES (11, _binary'a\0b\'c\"d\\e\nf\rg\tz\Z'), (12, b'0100000101000010');
INSERT INTO b (id, t, b, m, l) VALUES (20, REPEAT('t', 255), REPEAT('b', 5000), REPEAT('m', 70000), REPEAT('l', 100000));
SELECT * FROM b WHERE id < 20 ORDER BY id;
SELECT id, LENGTH(t), LENGTH(b), MD5(m), MD5(l) FROM b WHERE id = 20;
SELECT t, b FROM b WHERE id = 20;
SELECT id, HEX(f), HEX(v) FROM b WHERE id < 20 ORDER BY id;
SELECT id FROM b WHERE f = 'abc' ORDER BY id;
SELECT id FROM b WHERE f = 'abc\0\0\0' ORDER BY id;
SELECT id FROM b WHERE f = x'616263000000' ORDER BY id;
SELECT id FROM b WHERE v = 'abc' ORDER BY id;
SELECT id FROM b WHERE v = 'ABC' ORDER BY id;
SELECT id FROM b WHERE v = 'abc ' ORDER BY id;
SELECT id FROM b WHERE b = 'abc' ORDER BY id;
SELECT id FROM b WHERE b = '' ORDER BY id;
SELECT id FROM b WHERE v = x'ff';
SELECT id FROM b WHERE v = x'';
SELECT id FROM b WHERE v = 0x4142;
SELECT id FROM b WHERE v <> 'abc' ORDER BY id;
SELECT id FROM b WHERE v IN ('abc', x'ff', '') ORDER BY id;
SELECT id FROM b WHERE v > 'abc' ORDER BY id;
SELECT id FROM b WHERE v < x'80' ORDER BY v, id;
SELECT id FROM b WHERE f BETWEEN 'a' AND 'b' ORDER BY id;
SELECT id FROM b WHERE v LIKE 'abc%' ORDER BY id;
SELECT id FROM b WHERE v LIKE '%c' ORDER BY id;
SELECT id FROM b WHERE v IS NULL ORDER BY id;
SELECT id FROM b ORDER BY v DESC, id;
SELECT id FROM b ORDER BY f, id;
SELECT v, COUNT(*) FROM b WHERE id < 9 GROUP BY v ORDER BY v;
-- ignore length
-- Prepared, the type depends on whether a temporary table holds the rows.
-- ignore type length flags
SELECT DISTINCT HEX(v) FROM b WHERE id < 9 ORDER BY 1;
SELECT MIN(v), MAX(v), COUNT(DISTINCT v) FROM b WHERE id < 9;
SELECT id, LENGTH(f), LENGTH(v), CONCAT(v, 'x'), SUBSTRING(v, 2, 2) FROM b WHERE id < 9 ORDER BY id;
SELECT id, CAST(v AS CHAR) FROM b WHERE id = 1;
SELECT id, UNHEX('616263') = v FROM b WHERE id < 9 ORDER BY id;
INSERT INTO b (id, f) VALUES (30, '1234567');
INSERT IGNORE INTO b (id, f) VALUES (30, '1234567');
INSERT INTO b (id, t) VALUES (31, REPEAT('t', 256));
INSERT INTO b (id, v) VALUES (32, 123), (33, 1.5), (34, NOW() > 0);
SELECT id, v, f FROM b WHERE id >= 30 ORDER BY id;
UPDATE b SET v = 'changed' WHERE v = 'abc';
UPDATE b SET v = CONCAT(v, x'00ff') WHERE id = 5;
SELECT id, HEX(v) FROM b WHERE id IN (1, 5) ORDER BY id;
DELETE FROM b WHERE f = 'abc';
SELECT id FROM b ORDER BY id;
CREATE TABLE u (k VARBINARY(16) PRIMARY KEY, w BINARY(4), UNIQUE (w));
INSERT INTO u VALUES ('a', 'a'), ('A', 'A'), ('a ', 'a ');
INSERT INTO u VALUES ('a', 'b');
INSERT INTO u VALUES ('b', 'a\0');
INSERT INTO u VALUES (x'00ff00ff', x'00ff00ff');
INSERT INTO u VALUES ('c', x'00ff00ff');
SELECT HEX(k), HEX(w) FROM u ORDER BY k;
