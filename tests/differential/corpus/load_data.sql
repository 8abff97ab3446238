-- SPDX-License-Identifier: Apache-2.0
-- LOAD DATA LOCAL INFILE: the file comes from the client; the name is never opened by a server.
-- file text
CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(20), c DECIMAL(6,2) DEFAULT 1.5);
-- infile 1\tone\t1.25\n2\ttwo\t2.5\n3\t\\N\t\\N\n
LOAD DATA LOCAL INFILE '/nowhere/x' INTO TABLE t;
SELECT * FROM t ORDER BY a;
SELECT ROW_COUNT();
-- infile 3\tdrei\t9\n4\tvier\t4\n4\tagain\t5\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t;
SELECT * FROM t ORDER BY a;
-- infile 3\tdrei\t9\n5\tfive\t4\n5\tagain\t5\n
LOAD DATA LOCAL INFILE 'x' REPLACE INTO TABLE t;
SELECT * FROM t ORDER BY a;
-- infile 3\tignored\t9\n6\tsix\t4\n
LOAD DATA LOCAL INFILE 'x' IGNORE INTO TABLE t;
SELECT * FROM t ORDER BY a;
-- infile 10,"a,b",1\n11,"say ""hi""",2\n12,"two\\nlines\nreally",3\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' LINES TERMINATED BY '\n';
SELECT * FROM t WHERE a BETWEEN 10 AND 19 ORDER BY a;
-- infile id;name\r\nskip;me\r\n20;zwanzig\r\n21;\r\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t COLUMNS TERMINATED BY ';' LINES TERMINATED BY '\r\n' IGNORE 2 LINES (a, b);
SELECT * FROM t WHERE a BETWEEN 20 AND 29 ORDER BY a;
-- infile 30\tx\n31\ty\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t (a, @v) SET b = CONCAT(@v, '-', @v), c = a * 2;
SELECT * FROM t WHERE a BETWEEN 30 AND 39 ORDER BY a;
SELECT @v;
-- infile abc\tx\n40\ttoo long a string for the column\t1\n41\n42\ta\t1\textra\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t;
SELECT * FROM t WHERE a BETWEEN 40 AND 49 OR a = 0 ORDER BY a;
-- infile xxx50\tp\t1\njunkxxx51\tq\t2\nnothing\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t LINES STARTING BY 'xxx';
SELECT * FROM t WHERE a BETWEEN 50 AND 59 ORDER BY a;
-- infile 60|a\\|b|1#61|c|2#
LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY '|' LINES TERMINATED BY '#';
SELECT * FROM t WHERE a BETWEEN 60 AND 69 ORDER BY a;
-- infile 70,a\\tb,1\n71,c\\,2\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY ',' ESCAPED BY '';
SELECT * FROM t WHERE a BETWEEN 70 AND 79 ORDER BY a;
-- infile 80\tgr\xfcn\t1\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t CHARACTER SET latin1;
-- infile 81\tgr\xc3\xbcn\t1\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t CHARACTER SET utf8mb4;
SELECT * FROM t WHERE a BETWEEN 80 AND 89 ORDER BY a;
-- infile
LOAD DATA LOCAL INFILE 'x' INTO TABLE t;
-- infile 90\tlast line without end\t1
LOAD DATA LOCAL INFILE 'x' INTO TABLE t;
SELECT * FROM t WHERE a = 90;
-- infile 1\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE nosuch;
LOAD DATA LOCAL INFILE 'x' INTO TABLE t (a, nosuch);
LOAD DATA LOCAL INFILE 'x' INTO TABLE t (a) SET nosuch = 1;
-- expect refused
LOAD DATA INFILE 'x' INTO TABLE t;
CREATE TABLE i (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(10), ts INT GENERATED ALWAYS AS (LENGTH(v)) STORED, UNIQUE KEY (v));
-- infile a\nbb\nccc\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE i (v);
SELECT * FROM i ORDER BY id;
SELECT LAST_INSERT_ID();
-- infile a\ndddd\nbb\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE i (v);
SELECT id > 3, v, ts FROM i ORDER BY id;
-- infile 100\tq\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE i (id, v);
INSERT INTO i (v) VALUES ('next');
SELECT id, v FROM i WHERE id >= 100 ORDER BY id;
CREATE TABLE log (n INT, what VARCHAR(10));
-- infile 1\n2\n3\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE log (n) SET what = (SELECT b FROM t WHERE t.a = n);
SELECT * FROM log ORDER BY n;
SET @n = 0;
-- infile x\ny\nz\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t (b) SET a = 1000 + (@n := @n + 1);
SELECT @n;
SELECT a, b FROM t WHERE a > 1000 ORDER BY a;
SET @n = 0;
-- infile p\nq\n
LOAD DATA LOCAL INFILE 'x' REPLACE INTO TABLE t (b) SET a = 1000 + (@n := @n + 1);
SELECT @n;
SELECT a, b FROM t WHERE a > 1000 ORDER BY a;
BEGIN;
-- infile 2000\tr\t1\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE t;
ROLLBACK;
SELECT COUNT(*) FROM t WHERE a = 2000;
CREATE TEMPORARY TABLE tmp (a INT, b VARCHAR(10));
-- infile 1\tone\n2\ttwo\n
LOAD DATA LOCAL INFILE 'x' INTO TABLE tmp;
SELECT * FROM tmp ORDER BY a;
-- infile 1a  2b  \n3c  4d  \n
LOAD DATA LOCAL INFILE 'x' INTO TABLE tmp FIELDS TERMINATED BY '' ENCLOSED BY '';
SELECT * FROM tmp ORDER BY a, b;
-- flavour mariadb
-- infile <list><row a="500" b="x"/><row><a>501</a><b>y</b></row></list>
LOAD XML LOCAL INFILE 'x' INTO TABLE t ROWS IDENTIFIED BY '<row>';
SELECT a, b FROM t WHERE a IN (500, 501) ORDER BY a;
