-- SPDX-License-Identifier: Apache-2.0
-- LIKE over columns with search words: the server leaves out rows, the answer is the pattern's.
CREATE TABLE w (id INT PRIMARY KEY, g VARCHAR(60) COLLATE utf8mb4_general_ci COMMENT 'allium: search=ngram', b VARCHAR(60) COLLATE utf8mb4_bin COMMENT 'allium: search=ngram', t TEXT COMMENT 'allium: search=ngram', vb VARBINARY(60) COMMENT 'allium: search=ngram', n INT);
INSERT INTO w VALUES (1,'The quick brown fox','The quick brown fox','The quick brown fox','The quick brown fox',1),(2,'QUICKLY done','QUICKLY done','QUICKLY done','QUICKLY done',2),(3,'é cafés','é cafés','é cafés','é cafés',3),(4,'100% sure_thing','100% sure_thing','100% sure_thing','100% sure_thing',4),(5,NULL,NULL,NULL,NULL,5),(6,'','','','',6),(7,'ab','ab','ab','ab',7),(8,'back\\slash abc','back\\slash abc','back\\slash abc','back\\slash abc',8),(9,'日本語の文','日本語の文','日本語の文','日本語の文',9),(10,'abc ','abc ','abc ','abc ',10);
SELECT id FROM w WHERE g LIKE '%quick%' ORDER BY id;
SELECT id FROM w WHERE b LIKE '%quick%' ORDER BY id;
SELECT id FROM w WHERE t LIKE 'the q%fox' ORDER BY id;
SELECT id FROM w WHERE vb LIKE '%quick%' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%CAFE%' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%q_ick%' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%ui%' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%00\% su%' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%sure\_thing' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%back\\\\sla%' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%sure|_th%' ESCAPE '|' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%日本語%' ORDER BY id;
SELECT id FROM w WHERE g LIKE 'abc' ORDER BY id;
SELECT id FROM w WHERE g LIKE 'abc ' ORDER BY id;
SELECT id FROM w WHERE g LIKE 'ab%' ORDER BY id;
SELECT id FROM w WHERE g NOT LIKE '%quick%' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%quick%' OR g LIKE '%thing%' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%quick%' AND n > 1 ORDER BY id;
SELECT a.id, b.id FROM w a LEFT JOIN w b ON a.id = b.id AND b.g LIKE '%quick%' ORDER BY a.id;
UPDATE w SET n = n + 10 WHERE g LIKE '%quick%';
DELETE FROM w WHERE t LIKE '%slash%';
-- bind str %brown%
-- bind str %nothing%
-- bind null
-- bind int 100
-- bind str %
SELECT id FROM w WHERE g LIKE ? ORDER BY id;
SET sql_mode = 'NO_BACKSLASH_ESCAPES';
SELECT id FROM w WHERE g LIKE '%00\% su%' ORDER BY id;
SELECT id FROM w WHERE g LIKE '%brown%' ORDER BY id;
SET sql_mode = DEFAULT;
SET NAMES latin1;
SELECT id FROM w WHERE g LIKE '%caf%' ORDER BY id;
SET NAMES utf8mb4;
SELECT id, n FROM w ORDER BY id;
