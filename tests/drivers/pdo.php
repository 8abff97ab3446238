<?php
// SPDX-License-Identifier: Apache-2.0
// usage: pdo.php EMULATE
function check($cond, $what) { if (!$cond) { fwrite(STDERR, "failed: $what\n"); exit(1); } }
$db = new PDO('mysql:host=' . getenv('ALLIUM_HOST') . ';port=' . getenv('ALLIUM_PORT') . ';dbname=drivers;charset=utf8mb4', getenv('ALLIUM_USER'),
    getenv('ALLIUM_PASSWORD'), [PDO::ATTR_EMULATE_PREPARES => (bool) $argv[1], PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$t = 'php_pdo_' . $argv[1];
$db->exec("DROP TABLE IF EXISTS $t");
$db->exec("CREATE TABLE $t (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(30), d DATE, n INT, KEY (n))");
$ins = $db->prepare("INSERT INTO $t (s, d, n) VALUES (:s, :d, :n)");
foreach ([['ünï😀', '1931-05-06', 1], ['two', null, 2], [null, '2024-02-29', null]] as [$s, $d, $n]) {
    $ins->execute(['s' => $s, 'd' => $d, 'n' => $n]);
}
check($db->lastInsertId() === '3', 'lastInsertId');
$q = $db->prepare("SELECT s, d FROM $t WHERE n BETWEEN ? AND ? ORDER BY n");
$q->execute([1, 2]);
check($q->fetchAll(PDO::FETCH_NUM) === [['ünï😀', '1931-05-06'], ['two', null]], 'rows');
$db->beginTransaction();
check($db->exec("UPDATE $t SET n = n + 10 WHERE n IS NOT NULL") === 2, 'rowCount');
$db->rollBack();
check($db->query("SELECT SUM(n) FROM $t")->fetchColumn() === '3', 'sum');
try { $db->query('SELECT * FROM no_such_table'); check(false, 'no error'); }
catch (PDOException $e) { check($e->errorInfo[0] === '42S02' && $e->errorInfo[1] === 1146, json_encode($e->errorInfo)); }
