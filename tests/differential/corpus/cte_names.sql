-- SPDX-License-Identifier: Apache-2.0
-- MariaDB folds the case of CTE names, MySQL does not: there the stored table is meant.
CREATE TABLE q (a INT);
INSERT INTO q VALUES (5), (6);
WITH Q AS (SELECT 1 AS a) SELECT a FROM q ORDER BY a;
WITH q AS (SELECT 1 AS a) SELECT a FROM q ORDER BY a;
WITH q AS (SELECT a + 1 AS a FROM q) SELECT a FROM q ORDER BY a;
WITH x AS (SELECT a FROM q), q AS (SELECT 9 AS a) SELECT x.a, q.a FROM x, q ORDER BY 1;
DROP TABLE q;
