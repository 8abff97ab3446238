#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From keywords.def: the lexer's hash table, or grammar.y with its token lists filled in.

keywords.py table DEF OUT            C initialisers of the open-addressing table
keywords.py grammar DEF GRAMMAR OUT  replaces the lines "@tokens" and "@nonreserved"
"""
import re
import sys

SIZE = 2048


def hash_word(word):
    h = 5381
    for c in word.encode():
        h = (h * 33 + c) & 0xFFFFFFFF
    return (h ^ h >> 15) & (SIZE - 1)


def read(path):
    rows = []
    for line in open(path, encoding='ascii'):
        m = re.match(r'KW\((\w+), (\w+), (\w+), (\w+)\)', line)
        if m:
            rows.append(m.groups())
    return rows


def table(rows):
    slots = [None] * SIZE
    for word, token, kind, value in rows:
        i = hash_word(word)
        while slots[i]:
            i = (i + 1) % SIZE
        slots[i] = '{"%s", %d, T_%s, SQL_WORD_%s, %s},' % (word, len(word), token, kind, value)
    return '\n'.join(s or '{NULL, 0, 0, 0, 0},' for s in slots) + '\n'


def grammar(rows, text):
    tokens, loose = [], []
    for _, token, kind, _ in rows:
        if token not in tokens and token != 'RESERVED':
            tokens.append(token)
        if kind == 'LOOSE' and token not in loose:
            loose.append(token)
    decl = '\n'.join('%%token <token> T_%s' % t for t in tokens)
    alts = '\n    | '.join('T_%s' % t for t in loose)
    return text.replace('@tokens', decl).replace('@nonreserved', alts)


def main():
    rows = read(sys.argv[2])
    if sys.argv[1] == 'table':
        out, text = sys.argv[3], table(rows)
    else:
        out, text = sys.argv[4], grammar(rows, open(sys.argv[3], encoding='ascii').read())
    open(out, 'w', encoding='ascii').write(text)


main()
