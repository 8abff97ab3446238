// SPDX-License-Identifier: Apache-2.0
// MariaDB Connector/J. Prints one line per check and ends with their count; exit status 1 when one failed.
import java.math.BigDecimal;
import java.sql.*;
import java.util.Arrays;

public class Jdbc {
    interface Body {
        void run() throws Exception;
    }

    static int passed, failed;

    static void check(String name, Body body) {
        try {
            body.run();
            passed++;
            System.out.println("ok " + name);
        } catch (Throwable e) {
            failed++;
            System.out.println("not ok " + name + " " + e);
        }
    }

    static void must(boolean what) {
        if (!what) {
            throw new AssertionError();
        }
    }

    static void fails(int number, Body body) throws Exception {
        try {
            body.run();
        } catch (SQLException e) {
            if (e.getErrorCode() == number) {
                return;
            }
            throw e;
        }
        throw new AssertionError("no error " + number);
    }

    static Connection open(String more) throws SQLException {
        String url = "jdbc:mariadb://" + System.getenv("ALLIUM_HOST") + ":" + System.getenv("ALLIUM_PORT") + "/drivers?" + more;
        return DriverManager.getConnection(url, System.getenv("ALLIUM_USER"), System.getenv("ALLIUM_PASSWORD"));
    }

    static void session(Connection db, String how) throws Exception {
        Statement st = db.createStatement();
        st.execute("DROP TABLE IF EXISTS jdbc_t");
        st.execute("CREATE TABLE jdbc_t (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(30), d DECIMAL(8,2), t DATETIME(6), b LONGBLOB, x DOUBLE, UNIQUE (s))");
        check(how + "insert, generated keys", () -> {
            PreparedStatement p = db.prepareStatement("INSERT INTO jdbc_t (s, d, t, b, x) VALUES (?, ?, ?, ?, ?)", Statement.RETURN_GENERATED_KEYS);
            p.setString(1, "ünï😀");
            p.setBigDecimal(2, new BigDecimal("-12.34"));
            p.setTimestamp(3, Timestamp.valueOf("1969-12-31 23:59:59.000005"));
            p.setBytes(4, new byte[] {0, -1, 39, 92});
            p.setDouble(5, 0.1);
            must(p.executeUpdate() == 1);
            ResultSet keys = p.getGeneratedKeys();
            must(keys.next() && keys.getInt(1) == 1);
        });
        check(how + "types", () -> {
            PreparedStatement p = db.prepareStatement("SELECT s, d, t, b, x FROM jdbc_t WHERE s = ? AND d < ?");
            for (int i = 0; i < 5; i++) {
                p.setString(1, "ÜNÏ😀");
                p.setInt(2, 0);
                ResultSet r = p.executeQuery();
                must(r.next() && r.getString(1).equals("ünï😀"));
                must(r.getBigDecimal(2).equals(new BigDecimal("-12.34")));
                must(r.getTimestamp(3).equals(Timestamp.valueOf("1969-12-31 23:59:59.000005")));
                must(Arrays.equals(r.getBytes(4), new byte[] {0, -1, 39, 92}) && r.getDouble(5) == 0.1 && !r.next());
            }
        });
        check(how + "result metadata", () -> {
            ResultSetMetaData m = st.executeQuery("SELECT id, s AS alias, d FROM jdbc_t").getMetaData();
            must(m.getColumnCount() == 3 && m.getColumnLabel(2).equals("alias") && m.getColumnName(2).equals("s"));
            must(m.getTableName(1).equals("jdbc_t") && m.isAutoIncrement(1) && m.getPrecision(3) == 8 && m.getScale(3) == 2);
        });
        check(how + "database metadata", () -> {
            DatabaseMetaData m = db.getMetaData();
            ResultSet r = m.getColumns("drivers", null, "jdbc_t", "%");
            int n = 0;
            while (r.next()) {
                n++;
            }
            must(n == 6);
            r = m.getPrimaryKeys("drivers", null, "jdbc_t");
            must(r.next() && r.getString("COLUMN_NAME").equals("id"));
            must(m.getTables("drivers", null, "jdbc_t", null).next());
            must(m.getIndexInfo("drivers", null, "jdbc_t", true, false).next());
        });
        check(how + "errors", () -> {
            fails(1062, () -> st.execute("INSERT INTO jdbc_t (s) VALUES ('ünï😀')"));
            fails(1146, () -> st.execute("SELECT * FROM nowhere_at_all"));
            fails(1064, () -> st.execute("SELEC 1"));
        });
        check(how + "batch, transaction", () -> {
            db.setAutoCommit(false);
            PreparedStatement p = db.prepareStatement("INSERT INTO jdbc_t (s, d) VALUES (?, ?)");
            for (int i = 0; i < 60; i++) {
                p.setString(1, "n" + i);
                p.setInt(2, i);
                p.addBatch();
            }
            must(p.executeBatch().length == 60);
            db.rollback();
            Savepoint s = db.setSavepoint("sp");
            st.execute("INSERT INTO jdbc_t (s) VALUES ('sp')");
            db.rollback(s);
            db.commit();
            db.setAutoCommit(true);
            ResultSet r = st.executeQuery("SELECT COUNT(*) FROM jdbc_t");
            must(r.next() && r.getInt(1) == 1);
        });
        check(how + "isolation, read only, catalog", () -> {
            db.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            must(db.getTransactionIsolation() == Connection.TRANSACTION_READ_COMMITTED);
            must(db.getCatalog().equals("drivers") && db.isValid(2));
        });
        check(how + "big values", () -> {
            byte[] big = new byte[6 << 20];
            new java.util.Random(7).nextBytes(big);
            PreparedStatement p = db.prepareStatement("UPDATE jdbc_t SET b = ? WHERE id = 1");
            p.setBytes(1, big);
            must(p.executeUpdate() == 1);
            ResultSet r = st.executeQuery("SELECT b FROM jdbc_t WHERE id = 1");
            must(r.next() && Arrays.equals(r.getBytes(1), big));
        });
        check(how + "fetch size", () -> {
            Statement slow = db.createStatement();
            slow.setFetchSize(10);
            for (int i = 0; i < 200; i++) {
                st.addBatch("INSERT INTO jdbc_t (s) VALUES ('f" + i + "')");
            }
            st.executeBatch();
            ResultSet r = slow.executeQuery("SELECT s FROM jdbc_t ORDER BY id");
            int n = 0;
            while (r.next()) {
                n++;
            }
            must(n == 201);
        });
    }

    public static void main(String[] args) throws Exception {
        for (String options : new String[] {"useServerPrepStmts=false", "useServerPrepStmts=true", "useServerPrepStmts=true&useBulkStmts=true&allowMultiQueries=true"}) {
            try (Connection db = open(options)) {
                session(db, options.replaceAll("use|=true", "") + ": ");
            }
        }
        check("several results", () -> {
            try (Connection db = open("allowMultiQueries=true"); Statement st = db.createStatement()) {
                must(st.execute("SELECT 1; SELECT s FROM jdbc_t ORDER BY id; SELECT 2"));
                must(st.getMoreResults() && st.getResultSet().next() && st.getMoreResults() && !st.getMoreResults());
            }
        });
        System.out.println(passed + " checks passed, " + failed + " failed");
        System.exit(failed > 0 ? 1 : 0);
    }
}
