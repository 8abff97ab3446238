#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Entry of the server image. PROXY_PASSWORD: the password of the proxy's account.
set -eu
: "${PROXY_PASSWORD:?set PROXY_PASSWORD}"
install -d -o mysql -g mysql /run/mysqld /var/lib/mysql
if [ ! -d /var/lib/mysql/mysql ]; then
    mariadb-install-db --user=mysql --auth-root-authentication-method=socket --skip-test-db >/dev/null
fi
rights='SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, REFERENCES, LOCK TABLES, CREATE TEMPORARY TABLES'
{
    echo 'USE mysql;'
    cat /usr/local/share/allium/install.sql
    echo "CREATE OR REPLACE USER allium_proxy@'%' IDENTIFIED BY '${PROXY_PASSWORD//\'/\'\'}';"
    echo "GRANT $rights ON *.* TO allium_proxy@'%';"
} >/run/mysqld/init.sql
chown mysql /run/mysqld/init.sql
chmod 600 /run/mysqld/init.sql
exec mariadbd --user=mysql --bind-address=0.0.0.0 --skip-name-resolve --init-file=/run/mysqld/init.sql
