<?php
// SPDX-License-Identifier: Apache-2.0
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
function check($cond, $what) { if (!$cond) { fwrite(STDERR, "failed: $what\n"); exit(1); } }
$db = new mysqli(getenv('ALLIUM_HOST'), getenv('ALLIUM_USER'), getenv('ALLIUM_PASSWORD'), 'drivers', (int) getenv('ALLIUM_PORT'));
$db->set_charset('utf8mb4');
$db->query('DROP TABLE IF EXISTS php_mysqli');
$db->query('CREATE TABLE php_mysqli (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(30), d DECIMAL(8,2), n BIGINT, x DOUBLE, b BLOB, UNIQUE (s))');
$stmt = $db->prepare('INSERT INTO php_mysqli (s, d, n, x, b) VALUES (?, ?, ?, ?, ?)');
foreach ([['ünï😀', '1.50', 5, 0.1, "\0\xff"], ['', '-2.25', -7000000000, -1e100, ''], [null, null, null, null, null]] as $r) {
    $stmt->bind_param('ssids', $r[0], $r[1], $r[2], $r[3], $r[4]);
    $stmt->execute();
    check($stmt->affected_rows === 1, 'affected');
}
check($db->insert_id === 3, 'insert_id');
$stmt = $db->prepare('SELECT s, d, n, x, b FROM php_mysqli WHERE id <= ? ORDER BY id');
$limit = 3;
$stmt->bind_param('i', $limit);
$stmt->execute();
$rows = $stmt->get_result()->fetch_all(MYSQLI_NUM);
check($rows === [['ünï😀', '1.50', 5, 0.1, "\0\xff"], ['', '-2.25', -7000000000, -1e100, ''], [null, null, null, null, null]], 'rows ' . json_encode($rows));
$db->begin_transaction();
$db->query('DELETE FROM php_mysqli');
$db->rollback();
check($db->query('SELECT COUNT(*) AS c FROM php_mysqli')->fetch_assoc() === ['c' => '3'], 'rollback');
try { $db->query("INSERT INTO php_mysqli (s) VALUES ('ÜNÏ😀')"); check(false, 'duplicate'); }
catch (mysqli_sql_exception $e) { check($e->getCode() === 1062, 'errno ' . $e->getCode()); }
check($db->multi_query('SELECT 1; SELECT 2'), 'multi');
$n = 0;
do { if ($r = $db->store_result()) { $n++; $r->free(); } } while ($db->more_results() && $db->next_result());
check($n === 2, 'multi results');
check($db->real_escape_string("a'b") === "a\\'b", 'escape');
$db->close();
