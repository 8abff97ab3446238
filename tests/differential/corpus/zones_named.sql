-- SPDX-License-Identifier: Apache-2.0
-- A zone with daylight saving, where the server has the tables (else it is an error, and the zone stays).
SELECT CONVERT_TZ('2021-07-01 12:00:00', 'UTC', 'Europe/Berlin');
CREATE TABLE z (id INT PRIMARY KEY, ts TIMESTAMP NULL, v INT, KEY (ts));
SET time_zone = 'Europe/Berlin';
SELECT @@time_zone;
INSERT INTO z VALUES (1, '2021-07-01 12:00:00', 1), (2, '2021-01-01 12:00:00', 2);
INSERT INTO z VALUES (3, '2021-03-28 02:30:00', 3);
INSERT INTO z VALUES (4, '2021-10-31 02:30:00', 4);
INSERT IGNORE INTO z VALUES (5, '2021-03-28 02:30:00', 5);
SELECT * FROM z ORDER BY id;
SELECT id FROM z WHERE ts = '2021-07-01 12:00:00';
SELECT id FROM z WHERE ts > '2021-02-01' ORDER BY id;
SELECT id, UNIX_TIMESTAMP(ts) FROM z ORDER BY id;
UPDATE z SET v = v + 1 WHERE ts < '2021-06-01 00:00:00';
UPDATE z SET ts = ts + INTERVAL 1 DAY;
SELECT MIN(ts), MAX(ts) FROM z;
SET time_zone = 'America/New_York';
SELECT * FROM z ORDER BY ts, id;
SET time_zone = '+00:00';
SELECT * FROM z ORDER BY id;
DELETE FROM z WHERE ts > '2021-07-01';
SELECT COUNT(*) FROM z;
SELECT id, CONVERT_TZ(ts, '+00:00', 'Europe/Berlin') FROM z ORDER BY id;
