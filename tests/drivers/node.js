// SPDX-License-Identifier: Apache-2.0
// mysql2 (npm). Prints one line per check and ends with their count; exit status 1 when one failed.
'use strict';
const assert = require('assert');
const mysql = require('mysql2/promise');

let failed = 0;
let passed = 0;

async function check(name, run) {
    try {
        await run();
        passed += 1;
        console.log('ok', name);
    } catch (error) {
        failed += 1;
        console.log('not ok', name, error.message.slice(0, 300));
    }
}

async function fails(errno, promise) {
    await assert.rejects(promise, (error) => error.errno === errno);
}

async function main() {
    const options = {
        host: process.env.ALLIUM_HOST,
        port: Number(process.env.ALLIUM_PORT),
        user: process.env.ALLIUM_USER,
        password: process.env.ALLIUM_PASSWORD,
        database: 'drivers',
        multipleStatements: true,
        supportBigNumbers: true,
        bigNumberStrings: true,
        dateStrings: true,
    };
    const db = await mysql.createConnection(options);
    const big = Buffer.alloc(6 << 20, 'aé\0\'"\\');
    await db.query('DROP TABLE IF EXISTS node_t');
    await db.query('CREATE TABLE node_t (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(30), d DECIMAL(8,2), t DATETIME(6),' +
        ' b LONGBLOB, x DOUBLE, u BIGINT UNSIGNED, e ENUM("p","q"), j JSON, UNIQUE (s))');
    await check('insert', async () => {
        const [r] = await db.query('INSERT INTO node_t (s, d, t, b, x, u, e) VALUES (?, ?, ?, ?, ?, ?, ?)',
            ['ünï😀', '-12.34', '1969-12-31 23:59:59.000005', Buffer.from([0, 255, 39, 92]), 0.1, '18446744073709551615', 'q']);
        assert.strictEqual(r.insertId, 1);
        assert.strictEqual(r.affectedRows, 1);
    });
    for (const kind of ['query', 'execute']) {
        await check(kind + ' types', async () => {
            const [[row]] = await db[kind]('SELECT s, d, t, b, x, u, e FROM node_t WHERE s = ?', ['ÜNÏ😀']);
            assert.strictEqual(row.s, 'ünï😀');
            assert.strictEqual(row.d, '-12.34');
            assert.strictEqual(row.t, '1969-12-31 23:59:59.000005');
            assert.deepStrictEqual(row.b, Buffer.from([0, 255, 39, 92]));
            assert.strictEqual(row.x, 0.1);
            assert.strictEqual(row.u, '18446744073709551615');
            assert.strictEqual(row.e, 'q');
        });
        await check(kind + ' fields', async () => {
            const [, fields] = await db[kind]('SELECT id, s AS alias FROM node_t');
            assert.deepStrictEqual(fields.map((f) => f.name), ['id', 'alias']);
        });
        await check(kind + ' errors', async () => {
            await fails(1062, db[kind]('INSERT INTO node_t (s) VALUES (?)', ['ünï😀']));
            await fails(1146, db[kind]('SELECT * FROM nowhere_at_all'));
            await fails(1064, db[kind]('SELEC 1'));
        });
    }
    await check('prepared, many times', async () => {
        const stmt = await db.prepare('SELECT ? + id AS n FROM node_t WHERE id = ?');
        for (let i = 0; i < 20; i += 1) {
            const [[row]] = await stmt.execute([i, 1]);
            assert.strictEqual(Number(row.n), i + 1);
        }
        await stmt.close();
    });
    await check('transaction', async () => {
        await db.beginTransaction();
        await db.query('INSERT INTO node_t (s) VALUES ?', [Array.from({length: 50}, (_, i) => ['n' + i])]);
        await db.rollback();
        const [[row]] = await db.query('SELECT COUNT(*) AS n FROM node_t');
        assert.strictEqual(Number(row.n), 1);
    });
    await check('several results', async () => {
        const [results] = await db.query('SELECT 1 AS a; SELECT s FROM node_t; SELECT 2 AS b');
        assert.strictEqual(results.length, 3);
        assert.strictEqual(results[1][0].s, 'ünï😀');
    });
    await check('big values', async () => {
        await db.query('UPDATE node_t SET b = ? WHERE id = 1', [big]);
        const [[row]] = await db.execute('SELECT b FROM node_t WHERE id = 1');
        assert.ok(row.b.equals(big));
    });
    await check('big packets', async () => {
        const [[row]] = await db.query("SELECT REPEAT('x', 15 * 1024 * 1024) AS r");
        assert.strictEqual(row.r.length, 15 << 20);
    });
    await check('stream', async () => {
        await db.query('INSERT INTO node_t (s) VALUES ?', [Array.from({length: 500}, (_, i) => ['m' + i])]);
        let n = 0;
        await new Promise((done, wrong) => {
            db.connection.query('SELECT s FROM node_t').stream().on('data', () => { n += 1; }).on('end', done).on('error', wrong);
        });
        assert.strictEqual(n, 501);
    });
    await check('change user, ping', async () => {
        await db.query('SET @mine = 1');
        await db.changeUser({database: 'drivers', user: options.user, password: options.password});
        const [[row]] = await db.query('SELECT @mine AS v, DATABASE() AS d');
        assert.strictEqual(row.v, null);
        assert.strictEqual(row.d, 'drivers');
        await db.ping();
    });
    await check('pool', async () => {
        const pool = mysql.createPool({...options, connectionLimit: 5});
        const all = await Promise.all(Array.from({length: 40}, (_, i) => pool.query('SELECT ? AS i', [i])));
        assert.strictEqual(all.length, 40);
        await pool.end();
    });
    await check('wrong password', () => fails(1045, mysql.createConnection({...options, password: 'wrong'})));
    await db.end();
    console.log(`${passed} checks passed, ${failed} failed`);
    process.exit(failed ? 1 : 0);
}

main().catch((error) => {
    console.log('not ok', error);
    process.exit(1);
});
