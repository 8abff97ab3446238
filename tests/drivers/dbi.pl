# SPDX-License-Identifier: Apache-2.0
# usage: dbi.pl SERVER_PREPARE
use strict;
use warnings;
use utf8;
use DBI;

sub check { my ($ok, $what) = @_; die "failed: $what\n" unless $ok }
my $db = DBI->connect("DBI:MariaDB:database=drivers;host=$ENV{ALLIUM_HOST};port=$ENV{ALLIUM_PORT};mariadb_server_prepare=$ARGV[0]",
    $ENV{ALLIUM_USER}, $ENV{ALLIUM_PASSWORD}, { RaiseError => 1, PrintError => 0, AutoCommit => 1 });
my $t = "perl_dbi_$ARGV[0]";
$db->do("DROP TABLE IF EXISTS $t");
$db->do("CREATE TABLE $t (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(30), n INT, d DECIMAL(6,2), UNIQUE (s))");
my $ins = $db->prepare("INSERT INTO $t (s, n, d) VALUES (?, ?, ?)");
$ins->execute(@$_) for ["ünï", 1, "1.25"], ["two", undef, "-2.50"], [undef, 3, undef];
check($db->last_insert_id(undef, undef, $t, "id") == 3, "last_insert_id");
my $rows = $db->selectall_arrayref("SELECT s, n, d FROM $t WHERE id < ? ORDER BY id", undef, 3);
check($rows->[0][0] eq "ünï" && $rows->[0][2] eq "1.25" && !defined $rows->[1][1] && $rows->[1][2] eq "-2.50", "rows");
$db->begin_work;
check($db->do("DELETE FROM $t WHERE n = ?", undef, 1) == 1, "rows deleted");
$db->rollback;
check($db->selectrow_array("SELECT COUNT(*) FROM $t") == 3, "rollback");
eval { $db->do("INSERT INTO $t (s) VALUES ('TWO')") };
check($db->err == 1062 && $db->state eq "23000", "duplicate: " . ($db->err // "none"));
$db->disconnect;
