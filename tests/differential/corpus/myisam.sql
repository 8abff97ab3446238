-- SPDX-License-Identifier: Apache-2.0
-- Tables of engines whose rows lie as they came.
CREATE TABLE m (id INT PRIMARY KEY, b INT NOT NULL, s VARCHAR(10), UNIQUE KEY (s)) ENGINE=MyISAM;
INSERT INTO m VALUES (5, 1, 'e'), (3, 2, 'c'), (9, 3, 'i'), (1, 4, 'a');
SELECT * FROM m;
SELECT id + 0, s FROM m WHERE b > 1;
SELECT UPPER(s) FROM m LIMIT 2;
INSERT INTO m VALUES (20, 1, 'x'), (21, NULL, 'y'), (22, 3, 'toolong for s');
INSERT INTO m VALUES (30, NULL, 'z');
SELECT * FROM m ORDER BY id;
INSERT INTO m SELECT id + 100, b, CONCAT(s, s) FROM m WHERE id < 10;
UPDATE m SET s = CONCAT(s, '!') WHERE id + 0 > 100;
INSERT IGNORE INTO m VALUES (5, 1, 'q'), (6, 1, 'q');
REPLACE INTO m SELECT 6, 7, 'r';
INSERT INTO m VALUES (6, 1, 'w') ON DUPLICATE KEY UPDATE b = b + 1;
SELECT * FROM m ORDER BY id;
SELECT m.id, x.id FROM m JOIN m x ON m.id + 100 = x.id ORDER BY 1, 2;
ALTER TABLE m ENGINE = InnoDB;
SELECT * FROM m;
ALTER TABLE m ENGINE = MyISAM;
INSERT INTO m VALUES (2, 2, '2');
SELECT * FROM m ORDER BY id;
CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, v GEOMETRY, t TEXT);
INSERT INTO a (v, t) VALUES (ST_GeomFromText('POINT(1 2)'), 'x'), (NULL, REPEAT('y', 300));
SELECT id, ST_AsText(v), LENGTH(t) FROM a ORDER BY id;
