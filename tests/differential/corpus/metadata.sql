-- SPDX-License-Identifier: Apache-2.0
-- file flavour mariadb
-- What applications, their installers and administration tools ask about the schema.
CREATE TABLE people (id INT UNSIGNED NOT NULL AUTO_INCREMENT, name VARCHAR(40) NOT NULL DEFAULT '', born DATE NULL COMMENT 'day of birth', bio TEXT, score DECIMAL(10,2) DEFAULT 0.00, state ENUM('new','old') NOT NULL DEFAULT 'new', PRIMARY KEY (id), UNIQUE KEY uname (name), KEY born_score (born, score), KEY bio (bio(20))) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='people we know';
CREATE TABLE pets (id BIGINT NOT NULL PRIMARY KEY, owner INT UNSIGNED NOT NULL, kind VARCHAR(20) CHARACTER SET latin1, CONSTRAINT pets_owner FOREIGN KEY (owner) REFERENCES people (id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE VIEW adults AS SELECT id, name FROM people WHERE born < '2000-01-01';
INSERT INTO people (name, born, score) VALUES ('Ada', '1815-12-10', 1.5), ('Grace', '1906-12-09', 2.5), ('Linus', '1969-12-28', 2.5);
INSERT INTO pets VALUES (1, 1, 'cat'), (2, 1, 'dog'), (3, 2, 'cat');
SHOW TABLES;
SHOW FULL TABLES;
SHOW TABLES LIKE 'pe%';
SHOW FULL TABLES WHERE Table_type = 'BASE TABLE';
SHOW TABLES FROM df_metadata;
SHOW DATABASES LIKE 'df\_metadata';
SHOW SCHEMAS LIKE 'df_meta%';
SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE 'allium%';
SHOW COLUMNS FROM people;
SHOW FULL COLUMNS FROM people;
SHOW FULL COLUMNS FROM people FROM df_metadata LIKE 'b%';
SHOW FIELDS FROM people WHERE Field = 'name';
DESCRIBE people;
DESC people name;
EXPLAIN people;
SHOW INDEX FROM people;
SHOW KEYS FROM people;
SHOW INDEXES FROM pets FROM df_metadata;
SHOW INDEX FROM people WHERE Key_name = 'uname';
SHOW CREATE TABLE people;
SHOW CREATE TABLE pets;
SHOW CREATE TABLE df_metadata.people;
-- ignore rows
SHOW CREATE VIEW adults;
-- ignore rows
SHOW CREATE TABLE adults;
SHOW CREATE DATABASE df_metadata;
SHOW CREATE SCHEMA IF NOT EXISTS df_metadata;
SELECT table_name, table_type, engine, row_format, table_rows, auto_increment, table_collation, table_comment FROM information_schema.tables WHERE table_schema = 'df_metadata' ORDER BY table_name;
SELECT table_name, auto_increment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'people';
SELECT AUTO_INCREMENT FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'people';
-- ignore rows
SHOW TABLE STATUS LIKE 'people';
-- ignore rows
SHOW TABLE STATUS FROM df_metadata WHERE Name = 'people';
SELECT table_name, column_name, ordinal_position, column_default, is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale, column_type, column_key, extra, column_comment FROM information_schema.columns WHERE table_schema = 'df_metadata' ORDER BY table_name, ordinal_position;
SELECT table_name, index_name, non_unique, seq_in_index, column_name, sub_part, cardinality FROM information_schema.statistics WHERE table_schema = 'df_metadata' ORDER BY table_name, index_name, seq_in_index;
SELECT constraint_name, table_name, column_name, ordinal_position, referenced_table_name, referenced_column_name FROM information_schema.key_column_usage WHERE table_schema = 'df_metadata' ORDER BY table_name, constraint_name, ordinal_position;
SELECT constraint_name, unique_constraint_name, update_rule, delete_rule, table_name, referenced_table_name FROM information_schema.referential_constraints WHERE constraint_schema = 'df_metadata';
SELECT constraint_name, table_name, constraint_type FROM information_schema.table_constraints WHERE table_schema = 'df_metadata' ORDER BY table_name, constraint_name;
SELECT table_name, is_updatable, check_option FROM information_schema.views WHERE table_schema = 'df_metadata';
SELECT kc.column_name, kc.referenced_table_name, kc.referenced_column_name FROM information_schema.key_column_usage AS kc WHERE kc.table_schema = DATABASE() AND kc.table_name = 'pets' AND kc.referenced_column_name IS NOT NULL;
-- unordered
SELECT kc.constraint_name, kc.column_name, kc.referenced_table_name, kc.referenced_column_name, c.constraint_type FROM information_schema.key_column_usage AS kc, information_schema.table_constraints AS c WHERE kc.table_schema = DATABASE() AND c.table_schema = kc.table_schema AND c.constraint_name = kc.constraint_name AND c.constraint_type != 'CHECK' AND kc.table_name = 'pets' ORDER BY kc.ordinal_position;
SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, extra, column_default, collation_name, CASE WHEN column_type LIKE '%% unsigned' THEN 1 ELSE 0 END AS is_unsigned FROM information_schema.columns WHERE table_name = 'people' AND table_schema = DATABASE() ORDER BY column_name;
SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'people' AND extra LIKE '%auto_increment%';
SHOW TRIGGERS LIKE 'people';
SHOW PROCEDURE STATUS WHERE Db = 'df_metadata';
SHOW FUNCTION STATUS WHERE Db = 'df_metadata';
SHOW EVENTS FROM df_metadata;
SHOW OPEN TABLES FROM nosuchdatabase;
SHOW WARNINGS;
SHOW ERRORS;
SHOW COUNT(*) WARNINGS;
SHOW VARIABLES LIKE 'sql_mode';
SHOW SESSION VARIABLES LIKE 'character_set_client';
SHOW GLOBAL VARIABLES LIKE 'lower_case_table_names';
SHOW VARIABLES LIKE 'version_comment%x';
SHOW CHARACTER SET LIKE 'utf8mb4';
SHOW COLLATION LIKE 'utf8mb4_bin';
SHOW COLLATION WHERE Charset = 'utf8mb4' AND `Default` = 'Yes';
SHOW ENGINES;
SHOW PLUGINS;
SHOW PRIVILEGES;
SELECT @@version_comment IS NOT NULL, @@lower_case_table_names, @@max_allowed_packet > 1000, @@autocommit;
SELECT DATABASE(), SCHEMA();
SHOW TABLES FROM nosuch;
SHOW COLUMNS FROM nosuch;
SHOW CREATE TABLE nosuch;
SHOW INDEX FROM nosuch;
DESCRIBE nosuch;
DESCRIBE nosuch.nosuch;
CHECK TABLE people;
ANALYZE TABLE people;
OPTIMIZE TABLE people;
SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'df_metadata' LIMIT 1;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'df_metadata' AND table_type = 'BASE TABLE' ORDER BY 1;
SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'df_metadata' AND table_name = 'people';
SELECT `TABLE_NAME` AS `Name`, `ENGINE` AS `Engine`, `TABLE_ROWS` AS `Rows`, `AUTO_INCREMENT` AS `Auto_increment` FROM `information_schema`.`TABLES` t WHERE `TABLE_SCHEMA` COLLATE utf8mb3_bin IN ('df_metadata') ORDER BY Name ASC;
-- after more rows, and a bigger id
INSERT INTO people (id, name) VALUES (50, 'Barbara');
SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'people';
DELETE FROM people WHERE id = 50;
SHOW CREATE TABLE people;
ALTER TABLE people AUTO_INCREMENT = 100;
SHOW CREATE TABLE people;
TRUNCATE TABLE pets;
SELECT table_rows FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'pets';
-- a database goes with all that it holds, foreign keys too
CREATE DATABASE df_metadata_2;
CREATE TABLE df_metadata_2.c (id INT PRIMARY KEY);
CREATE TABLE df_metadata_2.a (id INT PRIMARY KEY, c INT, FOREIGN KEY (c) REFERENCES df_metadata_2.c (id));
CREATE TABLE df_metadata_2.b (id INT PRIMARY KEY, a INT, c INT, FOREIGN KEY (a) REFERENCES df_metadata_2.a (id), FOREIGN KEY (c) REFERENCES df_metadata_2.c (id));
SHOW TABLES FROM df_metadata_2;
DROP DATABASE df_metadata_2;
SHOW DATABASES LIKE 'df\_metadata%';
-- information_schema under other names, joined, counted
SELECT t.table_name, t.table_rows, s.index_name, s.cardinality FROM information_schema.tables AS t JOIN information_schema.statistics s USING (table_schema, table_name) WHERE t.table_schema = 'df_metadata' ORDER BY 1, 3, s.seq_in_index;
SELECT SUM(table_rows) FROM information_schema.tables WHERE table_schema = SCHEMA();
SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'df_metadata' AND table_rows > 2;
USE information_schema;
SELECT table_rows FROM tables WHERE table_schema = 'df_metadata' AND table_name = 'people';
SELECT MAX(cardinality) FROM STATISTICS WHERE table_schema = 'df_metadata';
USE df_metadata;
