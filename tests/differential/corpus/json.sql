-- SPDX-License-Identifier: Apache-2.0
-- JSON columns, functions, operators, JSON_TABLE.
CREATE TABLE j (id INT PRIMARY KEY, d JSON, s TEXT, n INT);
INSERT INTO j VALUES (1, '{"a": 1, "b": [1, 2, {"c": "x"}], "n": null, "t": true}', '[1, 2, 3]', 5), (2, '[]', '{"k": "v"}', 6), (3, '"text"', 'not json', 7), (4, NULL, NULL, NULL), (5, '{"a": 2.50, "name": "Zoë 😀", "e": ""}', '{"a": {"b": {"c": [10, 20]}}}', 8), (6, '123', '{"a": 1, "a": 2}', 9);
INSERT INTO j VALUES (7, '{bad', NULL, NULL);
INSERT INTO j VALUES (7, '', NULL, NULL);
SELECT id, d FROM j ORDER BY id;
SELECT id, JSON_EXTRACT(d, '$.a'), JSON_EXTRACT(d, '$.b[0]'), JSON_EXTRACT(d, '$.b[2].c'), JSON_EXTRACT(d, '$.nosuch') FROM j ORDER BY id;
SELECT id, JSON_EXTRACT(d, '$.a', '$.n'), JSON_EXTRACT(d, '$.*'), JSON_EXTRACT(d, '$**.c'), JSON_EXTRACT(d, '$[0]') FROM j ORDER BY id;
SELECT id, JSON_UNQUOTE(JSON_EXTRACT(d, '$.name')), JSON_UNQUOTE(JSON_EXTRACT(d, '$.b[2].c')), JSON_VALUE(d, '$.a') FROM j ORDER BY id;
SELECT id, JSON_TYPE(d), JSON_VALID(s), JSON_LENGTH(d), JSON_DEPTH(d), JSON_KEYS(d) FROM j ORDER BY id;
SELECT id, JSON_CONTAINS(d, '1', '$.a'), JSON_CONTAINS(d, '2', '$.b'), JSON_CONTAINS_PATH(d, 'one', '$.a', '$.zz'), JSON_CONTAINS_PATH(d, 'all', '$.a', '$.zz') FROM j ORDER BY id;
SELECT id, JSON_SEARCH(d, 'one', 'x'), JSON_SEARCH(d, 'all', 'Zo%') FROM j ORDER BY id;
SELECT id, JSON_SET(d, '$.a', 99), JSON_INSERT(d, '$.a', 99, '$.z', 'new'), JSON_REPLACE(d, '$.a', 'r', '$.z', 1), JSON_REMOVE(d, '$.a') FROM j ORDER BY id;
SELECT id, JSON_ARRAY(n, s, NULL), JSON_OBJECT('id', id, 'n', n), JSON_QUOTE(s) FROM j ORDER BY id;
SELECT id, JSON_ARRAY_APPEND(d, '$.b', n), JSON_ARRAY_INSERT(d, '$.b[0]', 'first') FROM j WHERE id = 1;
SELECT id, JSON_MERGE_PATCH(d, '{"a": null, "q": 1}'), JSON_MERGE_PRESERVE(d, '{"a": 5}') FROM j WHERE id IN (1, 5) ORDER BY id;
SELECT id, JSON_PRETTY(d) FROM j WHERE id = 2;
SELECT id FROM j WHERE JSON_EXTRACT(d, '$.a') = 1;
SELECT id FROM j WHERE JSON_VALUE(d, '$.a') > 1 ORDER BY id;
SELECT id FROM j WHERE JSON_UNQUOTE(JSON_EXTRACT(d, '$.name')) LIKE 'zo%';
SELECT id FROM j WHERE JSON_CONTAINS_PATH(d, 'one', '$.b');
SELECT id FROM j WHERE d IS NULL;
SELECT id FROM j WHERE JSON_LENGTH(d) = 0;
SELECT id FROM j WHERE JSON_VALID(s) AND JSON_EXTRACT(s, '$.k') IS NOT NULL;
SELECT id FROM j ORDER BY JSON_LENGTH(d) DESC, id;
SELECT JSON_ARRAYAGG(n) FROM (SELECT n FROM j WHERE n < 7 ORDER BY n) x;
SELECT JSON_OBJECTAGG(id, n) FROM j WHERE id = 2;
-- MariaDB describes an executed statement's temporary table anew; the proxy repeats the preparation's answer.
-- ignore decimals
SELECT JSON_TYPE(JSON_EXTRACT(d, '$.a')), COUNT(*) FROM j GROUP BY 1 ORDER BY 1;
UPDATE j SET d = JSON_SET(d, '$.a', n) WHERE id = 1;
UPDATE j SET d = JSON_ARRAY_APPEND(d, '$', 'x') WHERE id = 2;
UPDATE j SET s = JSON_EXTRACT(d, '$.b') WHERE id = 1;
UPDATE j SET d = '{"new": "value"}' WHERE id = 3;
UPDATE j SET d = NULL WHERE id = 6;
UPDATE j SET d = 'oops' WHERE id = 6;
INSERT INTO j (id, d) VALUES (8, JSON_OBJECT('k', JSON_ARRAY(1, 2))), (9, CONCAT('[', 1, ']'));
SELECT id, d, s FROM j ORDER BY id;
SELECT j.id, t.v FROM j, JSON_TABLE(j.s, '$[*]' COLUMNS (v INT PATH '$')) t WHERE j.id = 1 ORDER BY t.v;
SELECT t.* FROM JSON_TABLE('[{"a": 1, "b": "x"}, {"a": 2}]', '$[*]' COLUMNS (o FOR ORDINALITY, a INT PATH '$.a', b VARCHAR(5) PATH '$.b' DEFAULT 'none' ON EMPTY, e INT EXISTS PATH '$.b')) t ORDER BY o;
SELECT t.a, t.c FROM JSON_TABLE('{"a": 1, "l": [1, 2]}', '$' COLUMNS (a INT PATH '$.a', NESTED PATH '$.l[*]' COLUMNS (c INT PATH '$'))) t ORDER BY c;
SELECT j.id, t.x FROM j LEFT JOIN JSON_TABLE(j.d, '$.k[*]' COLUMNS (x INT PATH '$')) t ON TRUE WHERE j.id IN (1, 8) ORDER BY j.id, t.x;
-- flavour mysql
SELECT id, d->'$.a', d->>'$.name', d->'$.k[1]' FROM j ORDER BY id;
-- flavour mysql
SELECT id FROM j WHERE d->'$.k[0]' = 1 ORDER BY id;
-- flavour mysql
SELECT id FROM j WHERE d->>'$.name' = 'Zoë 😀';
-- flavour mysql
SELECT id, d->'$.a' + 1, JSON_STORAGE_SIZE(d) > 0, 5 MEMBER OF (d->'$.b') FROM j WHERE id = 1;
-- flavour mysql
SELECT id, CAST(d AS CHAR), CAST('[1]' AS JSON), JSON_OVERLAPS(d, '[1]') FROM j WHERE id = 9;
-- flavour mariadb
SELECT id, JSON_QUERY(d, '$.b'), JSON_EXISTS(d, '$.a'), JSON_COMPACT(d), JSON_DETAILED('[1]'), JSON_LOOSE('{"a":1}') FROM j WHERE id = 1;
SHOW CREATE TABLE j;
SHOW COLUMNS FROM j;
SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'j' ORDER BY ordinal_position;
CREATE TABLE jg (id INT PRIMARY KEY, d JSON, a INT AS (JSON_VALUE(d, '$.a')) STORED, KEY (a));
INSERT INTO jg (id, d) VALUES (1, '{"a": 7}'), (2, '{"a": 8}'), (3, '{}');
SELECT id, a FROM jg ORDER BY id;
SELECT id FROM jg WHERE a = 8;
SELECT JSON_EXTRACT(d, 'bad path') FROM j WHERE id = 1;
SELECT JSON_EXTRACT(s, '$.a') FROM j WHERE id = 3;
