#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
set -eu
sql() { mariadb --no-defaults -h "$ALLIUM_HOST" -P "$ALLIUM_PORT" -u "$ALLIUM_USER" -p"$ALLIUM_PASSWORD" -N drivers -e "$1"; }
sql 'DROP TABLE IF EXISTS cli; CREATE TABLE cli (a INT PRIMARY KEY, b VARCHAR(10)); INSERT INTO cli VALUES (1, "x"), (2, NULL)'
[ "$(sql 'SELECT a, b FROM cli ORDER BY a')" = "$(printf '1\tx\n2\tNULL')" ]
sql 'STATUS' | grep -q 'Connection id'
sql 'SELECT nope FROM cli' 2>&1 | grep -q 'ERROR 1054 (42S22)'
