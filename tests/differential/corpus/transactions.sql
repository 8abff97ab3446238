-- SPDX-License-Identifier: Apache-2.0
-- Transactions, savepoints, isolation, two connections.
CREATE TABLE t (id INT PRIMARY KEY, v INT, s VARCHAR(20), KEY (v)) ENGINE=InnoDB;
INSERT INTO t VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c');
BEGIN;
INSERT INTO t VALUES (4, 40, 'd');
SELECT COUNT(*) FROM t;
ROLLBACK;
SELECT COUNT(*) FROM t;
START TRANSACTION;
UPDATE t SET v = v + 1;
SELECT v FROM t ORDER BY id;
-- connection 2
SELECT v FROM t ORDER BY id;
-- connection 1
COMMIT;
-- connection 2
SELECT v FROM t ORDER BY id;
-- connection 1
BEGIN;
DELETE FROM t WHERE id = 1;
SAVEPOINT a;
UPDATE t SET s = 'changed' WHERE id = 2;
SAVEPOINT b;
INSERT INTO t VALUES (5, 50, 'e');
SELECT * FROM t ORDER BY id;
ROLLBACK TO SAVEPOINT b;
SELECT * FROM t ORDER BY id;
ROLLBACK TO a;
SELECT * FROM t ORDER BY id;
RELEASE SAVEPOINT a;
ROLLBACK TO a;
RELEASE SAVEPOINT nope;
COMMIT;
SELECT * FROM t ORDER BY id;
SET autocommit = 0;
INSERT INTO t VALUES (6, 60, 'f');
-- connection 2
SELECT COUNT(*) FROM t;
-- connection 1
COMMIT;
-- connection 2
SELECT COUNT(*) FROM t;
-- connection 1
INSERT INTO t VALUES (7, 70, 'g');
ROLLBACK;
SELECT COUNT(*) FROM t;
SET autocommit = 1;
SELECT @@autocommit;
START TRANSACTION READ ONLY;
SELECT COUNT(*) FROM t;
INSERT INTO t VALUES (8, 80, 'h');
COMMIT;
START TRANSACTION WITH CONSISTENT SNAPSHOT;
SELECT COUNT(*) FROM t;
-- connection 2
INSERT INTO t VALUES (9, 90, 'i');
-- connection 1
SELECT COUNT(*) FROM t;
COMMIT;
SELECT COUNT(*) FROM t;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
BEGIN;
SELECT v FROM t WHERE id = 9;
-- connection 2
UPDATE t SET v = 91 WHERE id = 9;
-- connection 1
SELECT v FROM t WHERE id = 9;
COMMIT;
SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
-- connection 2
BEGIN;
UPDATE t SET v = 92 WHERE id = 9;
-- connection 1
SELECT v FROM t WHERE id = 9;
-- connection 2
ROLLBACK;
-- connection 1
SELECT v FROM t WHERE id = 9;
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
BEGIN;
SELECT v FROM t WHERE id = 2 FOR UPDATE;
-- connection 2
SET innodb_lock_wait_timeout = 1;
-- connection 2
-- ignore warnings
UPDATE t SET v = 0 WHERE id = 2;
SELECT v FROM t WHERE id = 3;
-- connection 1
UPDATE t SET v = v * 2 WHERE id = 2;
COMMIT;
-- connection 2
SELECT v FROM t WHERE id = 2;
BEGIN;
UPDATE t SET s = 'two' WHERE id = 2;
-- connection 1
-- send
UPDATE t SET v = v + 1000 WHERE id = 2;
-- connection 2
COMMIT;
-- connection 1
-- reap
SELECT v, s FROM t WHERE id = 2;
BEGIN;
UPDATE t SET v = v + 1 WHERE id = 3;
CREATE TABLE implicit_commit (a INT);
ROLLBACK;
SELECT v FROM t WHERE id = 3;
BEGIN;
INSERT INTO t VALUES (3, 0, 'dup');
INSERT INTO t VALUES (30, 0, 'kept');
COMMIT;
SELECT id FROM t WHERE id = 30;
BEGIN;
INSERT INTO t VALUES (31, 1, 'x'), (3, 2, 'dup'), (32, 3, 'y');
COMMIT;
SELECT id FROM t WHERE id > 30;
BEGIN;
BEGIN;
COMMIT;
ROLLBACK;
COMMIT AND CHAIN;
ROLLBACK AND NO CHAIN;
BEGIN WORK;
UPDATE t SET v = 1 WHERE id = 30;
COMMIT WORK;
LOCK TABLES t WRITE;
UPDATE t SET v = 2 WHERE id = 30;
-- text
SELECT * FROM implicit_commit;
UNLOCK TABLES;
SELECT v FROM t WHERE id = 30;
SET TRANSACTION ISOLATION LEVEL NOPE;
BEGIN;
UPDATE t SET v = v + 1 WHERE id = 30;
-- reconnect
SELECT v FROM t WHERE id = 30;
-- A savepoint before the transaction begins; CREATE TABLE commits it away.
SET autocommit = 0;
SAVEPOINT early;
CREATE TABLE after_savepoint (id INT);
ROLLBACK TO SAVEPOINT early;
SAVEPOINT again;
ROLLBACK TO SAVEPOINT again;
SAVEPOINT third;
COMMIT;
ROLLBACK TO SAVEPOINT third;
SET autocommit = 1;
DROP TABLE after_savepoint;
-- What does not exist does not exist in a transaction either.
BEGIN;
UPDATE t SET v = v + 1 WHERE id = 30;
SELECT * FROM nosuch;
SELECT nosuch FROM t;
UPDATE t SET nosuch = 1;
DELETE FROM nosuch;
SELECT COUNT(*) FROM t WHERE id = 30;
ROLLBACK;
