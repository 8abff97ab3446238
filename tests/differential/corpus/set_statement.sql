-- SPDX-License-Identifier: Apache-2.0
-- file flavour mariadb
CREATE TABLE t (a INT, b VARCHAR(5));
INSERT INTO t VALUES (1, 'a'), (2, 'b');
SET sql_mode = '';
SET STATEMENT max_statement_time = 10 FOR SELECT a FROM t ORDER BY a;
SET STATEMENT sql_mode = 'STRICT_ALL_TABLES' FOR INSERT INTO t VALUES ('x', 'y');
INSERT INTO t VALUES ('x', 'toolong');
SET STATEMENT sql_mode = 'STRICT_ALL_TABLES', group_concat_max_len = 8 FOR SELECT GROUP_CONCAT(b ORDER BY a), @@sql_mode, @@group_concat_max_len FROM t;
SELECT @@sql_mode, @@group_concat_max_len;
SET STATEMENT sql_mode = 'STRICT_ALL_TABLES' FOR UPDATE t SET a = 'z';
SET STATEMENT sql_mode = 'NO_ZERO_DATE' FOR SELECT nosuch FROM t;
SELECT @@sql_mode, a FROM t ORDER BY a;
SET STATEMENT nosuch = 1 FOR SELECT 1;
SET STATEMENT autocommit = 1 FOR SELECT 1;
SET STATEMENT div_precision_increment = 8 FOR SET @x = 1 / 3;
SELECT @x, @@div_precision_increment;
-- expect refused
SET STATEMENT sql_mode = 'ANSI_QUOTES' FOR SELECT "a" FROM t;
-- expect refused
SET STATEMENT timestamp = 1 FOR SELECT NOW();
SELECT @@sql_mode;
-- bind int 1
-- bind int 2
SET STATEMENT group_concat_max_len = 4, max_statement_time = 10 FOR SELECT a, GROUP_CONCAT(b, b, b) FROM t WHERE a = ? GROUP BY a;
-- bind int 7|str q
SET STATEMENT sql_mode = 'STRICT_ALL_TABLES' FOR INSERT INTO t VALUES (?, ?);
-- bind str 6.5e0
SET STATEMENT div_precision_increment = 8 FOR SELECT ? / 3, 1 / 3, @@div_precision_increment;
CREATE VIEW v AS SELECT a AS n, b FROM t;
-- bind int 2
SET STATEMENT max_statement_time = 10 FOR SELECT n + 1, UPPER(b) FROM v WHERE n >= ? ORDER BY n;
SELECT @@group_concat_max_len, @@div_precision_increment, @@max_statement_time;
-- bind int 8
SET STATEMENT group_concat_max_len = ? FOR SELECT 1;
SELECT a, b FROM t ORDER BY a, b;
