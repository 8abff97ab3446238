# SPDX-License-Identifier: Apache-2.0
"""Reads a .sql file of the corpus: statements, each with the directives in front of it.

A directive is a comment line `-- word …` directly above a statement. `-- file word …` at the head
applies it to every statement of the file. tests/differential/README.md lists the words.
"""
import re

ONE = {"unordered", "expect", "ignore", "flavour", "bind", "send", "reap", "text", "initdb", "vary", "infile"}
STANDING = {"connection"}
ACTIONS = {"restart", "reconnect"}


class Step:
    """One statement (or action, with sql None) and how to judge it."""

    def __init__(self, line, sql, connection, words):
        self.line, self.sql, self.connection = line, sql, connection
        self.action = words.get("action")
        self.unordered = "unordered" in words
        self.refused = words.get("expect", "").startswith("refused")
        self.ignore = set(words.get("ignore", "").split())
        self.flavour = words.get("flavour", "").strip()
        self.send, self.reap = "send" in words, "reap" in words
        self.text_only = "text" in words
        self.init_db = "initdb" in words
        self.binds = words.get("bind")
        self.infile = bytes(words["infile"], "utf-8").decode("unicode_escape").encode("latin-1") if "infile" in words else None


def split(text):
    """Yields (line number, statement or directive line). Understands quotes and comments."""
    at, start, line, start_line = 0, None, 1, 1
    n = len(text)
    token = re.compile(
        r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|/\*.*?\*/|\#[^\n]*|;|\n|.""", re.S)
    while at < n:
        if start is None:
            m = re.compile(r"[ \t]*--(?:[ \t]([^\n]*))?(?:\n|$)").match(text, at)
            if m:
                yield line, None, (m.group(1) or "").strip()
                line += m.group(0).count("\n")
                at = m.end()
                continue
            if text[at].isspace():
                line += text[at] == "\n"
                at += 1
                continue
            start, start_line = at, line
        if text.startswith("-- ", at) or text.startswith("--\n", at):
            end = text.find("\n", at)
            at = n if end < 0 else end
            continue
        m = token.match(text, at)
        line += m.group(0).count("\n")
        at = m.end()
        if m.group(0) == ";":
            yield start_line, text[start:at - 1].strip(), None
            start = None
    if start is not None and text[start:].strip():
        yield start_line, text[start:].strip(), None


def parse(path, flavour):
    """The steps of a file that apply to this server flavour."""
    standing, words, connection, steps = {}, {}, 1, []
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    for line, sql, comment in split(text):
        if comment is None:
            step = Step(line, sql, connection, {**standing, **words})
            words = {}
            if not step.flavour or step.flavour == flavour:
                steps.append(step)
            continue
        word, _, rest = comment.partition(" ")
        if word == "file":
            word, _, rest = rest.partition(" ")
            standing[word] = rest
        elif word == "connection":
            connection = int(rest)
        elif word == "reap":
            steps.append(Step(line, None, connection, {**standing, "action": "reap"}))
        elif word in ACTIONS:
            steps.append(Step(line, None, connection, {**standing, **words, "action": word}))
            words = {}
        elif word in ONE:
            if word == "bind":
                words.setdefault("bind", []).append(rest)
            elif word == "ignore":
                words[word] = words.get(word, "") + " " + rest
            else:
                words[word] = rest
    return steps
