#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# go-sql-driver's own tests: go.sh TEST-BINARY. Left out: two that wait for the network, two about stored routines (TestInterruptBySignal,
# TestMultiResultSet), those that ask for a name of utf8 that no server of today gives, and one that stores a value as long as the
# server's max_allowed_packet, which leaves no room for its encryption (TestLongData; node.js and Jdbc.java store large ones).
export MYSQL_TEST_USER=$ALLIUM_USER MYSQL_TEST_PASS=$ALLIUM_PASSWORD MYSQL_TEST_ADDR=$ALLIUM_HOST:$ALLIUM_PORT MYSQL_TEST_DBNAME=drivers
names=$("$1" -test.list . | grep '^Test' | grep -v -x -e TestConnectorReturnsTimeout -e TestConnectorTimeoutsDuringOpen \
    -e TestInterruptBySignal -e TestMultiResultSet -e TestCharset -e TestCollation -e TestLongData -e TestTLS | paste -sd'|')
exec "$1" -test.v -test.run "^($names)\$"
