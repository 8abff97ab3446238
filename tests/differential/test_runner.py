# SPDX-License-Identifier: Apache-2.0
"""The runner itself: it must see each kind of difference. No server needed."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import run  # noqa: E402
import script  # noqa: E402
import wire  # noqa: E402

COLUMN = wire.Column(b"d", b"t", b"t", b"a", b"a", 63, 11, 3, 0x4003, 0)
STEP = script.Step(1, "SELECT a FROM t ORDER BY a", 1, {})


def rows(values, column=COLUMN, status=2, warnings=0):
    return wire.Rows([column], [(v,) for v in values], status, warnings)


def test_equal_is_equal():
    assert run.compare([rows([b"1"])], [rows([b"1"])], STEP) is None


def test_every_metadata_field_counts():
    for field in run.METADATA:
        other = COLUMN._replace(**{field: b"x" if isinstance(getattr(COLUMN, field), bytes) else getattr(COLUMN, field) ^ 16})
        assert run.compare([rows([])], [rows([], other)], STEP), field


def test_rows_order_null_and_empty():
    assert run.compare([rows([b"1", b"2"])], [rows([b"2", b"1"])], STEP)
    assert run.compare([rows([None])], [rows([b""])], STEP)
    assert run.compare([rows([b"1"])], [rows([])], STEP)
    assert run.compare([rows([b"1"])], [rows([b"1", b"1"])], STEP)
    free = script.Step(1, "SELECT a FROM t", 1, {})
    assert run.compare([rows([b"1", b"2"])], [rows([b"2", b"1"])], free) is None
    assert run.compare([rows([b"1", b"1"])], [rows([b"1", b"2"])], free)


def test_ok_fields():
    ok = wire.Ok(1, 5, 2, 0, "info")
    assert run.compare([ok], [ok], STEP) is None
    for change in ({"affected": 0}, {"insert_id": 6}, {"info": ""}, {"status": 3}):
        assert run.compare([ok], [ok._replace(**change)], STEP), change


def test_errors():
    error = wire.Error(1062, "23000", "Duplicate entry '1' for key 'PRIMARY'")
    for change in ({"errno": 1061}, {"sqlstate": "HY000"}, {"message": "Duplicate entry"}):
        assert run.compare([error], [error._replace(**change)], STEP), change
    assert run.compare([error], [rows([])], STEP)
    assert run.compare([rows([])], [run.Broken("gone")], STEP)


def test_top_level_order_by():
    assert run.has_top_level_order("SELECT a FROM t ORDER BY a")
    assert not run.has_top_level_order("SELECT a FROM (SELECT a FROM t ORDER BY a) q")
    assert not run.has_top_level_order("SELECT 'x ORDER BY y' FROM t")
    assert not run.has_top_level_order("SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t")


def test_split_statements(tmp_path):
    path = tmp_path / "x.sql"
    path.write_text("-- a remark\nSELECT ';' -- not ; the end\n, \"a;b\" /* ; */;\n-- connection 2\n-- unordered\n-- ignore warnings\n"
                    "SELECT 2;\n-- flavour mysql\nSELECT 3;\n-- bind int 1|null\nSELECT ?;\n-- reconnect\nSELECT 'it''s;'", encoding="utf-8")
    steps = script.parse(str(path), "mariadb")
    assert [s.sql for s in steps] == ["SELECT ';' -- not ; the end\n, \"a;b\" /* ; */", "SELECT 2", "SELECT ?", None, "SELECT 'it''s;'"]
    assert [s.connection for s in steps] == [1, 2, 2, 2, 2]
    assert steps[1].unordered and steps[1].ignore == {"warnings"} and not steps[2].unordered
    assert steps[2].binds == ["int 1|null"] and steps[3].action == "reconnect"
