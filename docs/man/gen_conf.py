#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/man/allium.conf.5.md and docs/allium.conf from proxy/config.def: gen_conf.py [--check]."""
import pathlib
import re
import sys

top = pathlib.Path(__file__).resolve().parent.parent.parent
text = (top / "proxy/config.def").read_text()
items = re.findall(r'^CONFIG_(\w+)\((\w+), (\w+), ("[^"]*"|[^,]+), (\w+),\s*"([^"]*)"\)', text, re.M)

HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
<!-- Made by docs/man/gen_conf.py from proxy/config.def. -->
# allium.conf(5): settings of alliumd

## Form

Sections in brackets, `key = value` lines, comments that start with `;` or `#`. Numbers may end in `k`, `M` or `G` (powers of
1024). Switches are `on` or `off`. Unknown sections, keys and values are errors. Every setting can also come from the
environment (`ALLIUM_PROXY_LISTEN` for `listen` in `[proxy]`) or from the command line (`--proxy.listen=...`); the command line
wins over the environment, the environment over the file. `alliumd --print-config` prints what counts.

Settings marked *reload* take effect for new sessions on SIGHUP; the others need a restart.

"""

TAIL = """## [policy]

What may be stored of new columns: `database.table.column = words`, each part with `*` and `?`; later lines win, and a column's comment
(`COMMENT 'allium: floor=rnd'`) wins over all of them. Words, separated by commas:

| word | values | |
|---|---|---|
| `onions` | `auto` | tokens that keys need (default) |
| | `eager` | equality and order tokens of every column from the start, under a random layer until they are needed |
| | `lazy` | equality tokens for keys, nothing else, and nothing later by itself |
| `floor` | `ope` `det` `rnd` | the most that the server may ever learn: order (default), equality, nothing |
| `search` | `none` `ngram` | search words in the row, for LIKE and full text |
| `strict` | `no` `yes` | no query takes a layer off or adds tokens |
| `low_entropy` | number | columns with fewer distinct values than this keep their layers when queries ask (default 16) |

A column's policy is recorded when the column is made. A comment that is changed later may raise the floor, never lower it: only
`ADJUST COLUMN` on the admin port does that. A UNIQUE or foreign key over a column with `floor=rnd` is refused; another index over it
exists in the definition only.

## [users]

`name = verifier` lines, written by `alliumctl user add` into the file that `proxy.users_file` names. They may also stand in
the main file.

## See also

alliumd(8), alliumctl(1)
"""


def default(kind, value):
    if kind == "INT" and "<<" in value:
        number, shift = (int(x) for x in value.split("<<"))
        return f"{number}{ {10: 'k', 20: 'M', 30: 'G'}[shift] }"
    if kind == "BOOL":
        return "on" if value == "true" else "off"
    return value.strip('"')


def page():
    out, section = [HEAD], None
    for kind, sec, key, value, when, text_ in items:
        if sec != section:
            out.append(("" if section is None else "\n") + f"## [{sec}]\n\n| key | default | meaning |\n|---|---|---|\n")
            section = sec
        shown = default(kind, value)
        note = " *reload*" if when == "RELOAD" else ""
        out.append(f"| `{key}` | {f'`{shown}`' if shown else ''} | {text_}{note} |\n")
    return "".join(out) + "\n" + TAIL


def sample():
    out, section = ["# SPDX-License-Identifier: Apache-2.0\n# Sample settings: every line shows a default. See allium.conf(5).\n"], None
    for kind, sec, key, value, _, text_ in items:
        if sec != section:
            out.append(f"\n[{sec}]\n")
            section = sec
        out.append(f"; {text_}\n;{key} = {default(kind, value)}\n")
    return "".join(out)


wrong = 0
for path, want in (("docs/man/allium.conf.5.md", page()), ("docs/allium.conf", sample())):
    where = top / path
    if "--check" in sys.argv:
        if not where.exists() or where.read_text() != want:
            print(f"{path} is not what docs/man/gen_conf.py makes: run it")
            wrong = 1
    else:
        where.write_text(want)
sys.exit(wrong)
