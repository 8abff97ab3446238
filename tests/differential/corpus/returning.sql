-- SPDX-License-Identifier: Apache-2.0
-- file flavour mariadb
-- INSERT .. RETURNING: as object-relational mappers send it for every new object.
CREATE TABLE r (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(20) NOT NULL, n DECIMAL(6,2) DEFAULT 1.5, d DATETIME(3), e ENUM('a','b') DEFAULT 'b', b BLOB, u VARCHAR(10) UNIQUE);
INSERT INTO r (s) VALUES ('one') RETURNING id;
INSERT INTO r (s) VALUES ('two'), ('three') RETURNING id, s;
INSERT INTO r (s, d, b) VALUES ('four', '2020-01-02 03:04:05.678', x'00ff') RETURNING *;
INSERT INTO r (s, u) VALUES ('five', 'u5') RETURNING r.id AS ident, u, n, e, d;
INSERT INTO r (s, u) VALUES ('six', 'U5') RETURNING id;
INSERT INTO r (id, s) VALUES (50, 'fifty') RETURNING r.id, `r`.`s`;
INSERT INTO r (id, s) VALUES (NULL, 'next') RETURNING id;
INSERT INTO r (id, s) VALUES (0, 'zero') RETURNING id;
SELECT LAST_INSERT_ID();
SELECT ROW_COUNT();
INSERT INTO r (s) VALUES (NULL) RETURNING id;
INSERT INTO r (s) VALUES ('a string that is much too long') RETURNING id;
INSERT INTO r (s, n) VALUES ('rounded', 1.239) RETURNING id, n;
INSERT INTO r (s) VALUES ('expression') RETURNING id + 1, UPPER(s);
INSERT INTO r (s) VALUES ('nosuch') RETURNING nosuch;
INSERT INTO r (s) VALUES (CONCAT('com', 'puted')) RETURNING id, s;
REPLACE INTO r (id, s) VALUES (50, 'replaced') RETURNING id, s;
INSERT IGNORE INTO r (s, u) VALUES ('ignored', 'u5') RETURNING id;
-- bind str x
-- bind str yy
-- bind null
INSERT INTO r (s) VALUES (?) RETURNING id, s;
-- bind str p|int 3
-- bind str q|null
INSERT INTO r (s, n) VALUES (?, ?) RETURNING *;
SELECT id, s, n, e, u FROM r ORDER BY id;
