-- SPDX-License-Identifier: Apache-2.0
-- MATCH .. AGAINST: the whole table goes to the trusted side, which has the same FULLTEXT keys.
-- file ignore metadata
CREATE TABLE a (id INT PRIMARY KEY, t VARCHAR(100), b TEXT, k INT, FULLTEXT (t), FULLTEXT both_ (t, b), KEY (k));
INSERT INTO a VALUES (1,'MySQL tutorial','DBMS stands for database',1),(2,'How to use well','After you went through a',1),(3,'Optimizing','In this tutorial we show',2),(4,'1001 tricks','Never run mysqld as root',2),(5,'MySQL vs YourSQL','In the following database comparison',1);
SELECT id FROM a WHERE MATCH (t) AGAINST ('mysql') ORDER BY id;
SELECT id FROM a WHERE MATCH (t, b) AGAINST ('database') ORDER BY id;
SELECT id, ROUND(MATCH (t, b) AGAINST ('database tutorial'), 6) r FROM a WHERE k = 1 ORDER BY r DESC, id;
SELECT id FROM a WHERE MATCH (t, b) AGAINST ('+mysql -yoursql' IN BOOLEAN MODE) ORDER BY id;
SELECT id FROM a WHERE MATCH (t, b) AGAINST ('tut*' IN BOOLEAN MODE) ORDER BY id;
SELECT id FROM a WHERE MATCH (t, b) AGAINST ('"following database"' IN BOOLEAN MODE) ORDER BY id;
SELECT id FROM a WHERE MATCH (t, b) AGAINST ('database' WITH QUERY EXPANSION) ORDER BY id;
SELECT COUNT(*) FROM a WHERE MATCH (t) AGAINST ('nothing');
SELECT x.id, y.id FROM a x JOIN a y ON x.k = y.k WHERE MATCH (x.t) AGAINST ('mysql') AND y.id = 2 ORDER BY x.id;
SELECT id FROM a WHERE MATCH (b) AGAINST ('database');
UPDATE a SET k = 9 WHERE MATCH (t) AGAINST ('tutorial');
DELETE FROM a WHERE MATCH (t) AGAINST ('yoursql');
SET autocommit = 0;
SELECT id FROM a WHERE MATCH (t) AGAINST ('mysql') ORDER BY id;
COMMIT;
SET autocommit = 1;
-- bind str tricks
-- bind str mysql
SELECT id FROM a WHERE MATCH (t) AGAINST (?) ORDER BY id;
CREATE TABLE m (id INT PRIMARY KEY, t VARCHAR(100), FULLTEXT (t)) ENGINE=MyISAM;
INSERT INTO m VALUES (1,'apple pear'),(2,'apple plum'),(3,'apple cherry'),(4,'pear cherry lemon'),(5,'apple lemon grape');
SELECT id FROM m WHERE MATCH (t) AGAINST ('apple') ORDER BY id;
SELECT id FROM m WHERE MATCH (t) AGAINST ('lemon') ORDER BY id;
SELECT id FROM m WHERE MATCH (t) AGAINST ('apple' IN BOOLEAN MODE) ORDER BY id;
SELECT * FROM a ORDER BY id;
DROP TABLE a, m;
