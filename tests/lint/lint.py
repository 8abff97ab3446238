#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rules that a compiler does not check. Each states its reason and the fix. usage: lint.py [--build DIR] [NAME…]"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
ROOMS = ("base", "crypto", "rewriter", "proxy", "udf")
MAY_INCLUDE = {"base": {"base"}, "crypto": {"base", "crypto"}, "rewriter": {"base", "crypto", "rewriter"},
               "proxy": {"base", "crypto", "rewriter", "proxy"}, "udf": {"base", "crypto", "udf"}}
CHECKS = []


def check(reason, fix):
    """Registers a rule; the function yields one text per offence."""
    def register(fn):
        CHECKS.append((fn.__name__, reason, fix, fn))
        return fn
    return register


def tracked():
    """Files of the repository that exist."""
    out = subprocess.run(["git", "-C", TOP, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True)
    return [p for p in out.stdout.splitlines() if os.path.isfile(os.path.join(TOP, p))]


FILES = tracked()
SOURCES = [p for p in FILES if p.split("/")[0] in ROOMS and p.endswith((".c", ".h", ".l", ".y"))]


def lines(path):
    with open(os.path.join(TOP, path), encoding="utf-8", errors="replace") as f:
        return f.read().split("\n")


def code(path):
    """The file without comments and string contents; line numbers kept."""
    text = "\n".join(lines(path))
    def blank(m):
        return re.sub(r"[^\n]", " ", m.group(0)) if m.group(0)[0] == "/" else m.group(0)[0] + m.group(0)[-1]
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)+'", blank, text, flags=re.S).split("\n")


def includes(path):
    for number, line in enumerate(lines(path), 1):
        m = re.match(r"\s*#\s*include\s*([<\"])([^>\"]+)[>\"]", line)
        if m:
            yield number, m.group(1), m.group(2)


@check("dependencies point one way: base <- crypto <- rewriter <- proxy; udf -> crypto, base",
       "move the code down, or pass what it needs through an interface that the upper room implements")
def layering(_):
    for path in SOURCES:
        room = path.split("/")[0]
        for number, kind, name in includes(path):
            target = name.split("/")[0]
            if kind == '"' and target in ROOMS and target not in MAY_INCLUDE[room]:
                yield f"{path}:{number} {room} includes {name}"


@check("one file talks to each third party, so that replacing it or auditing it means reading one file",
       "call that file's functions instead")
def third_parties(_):
    allowed = ((r"mysql(/.*)?\.h$|^mysql", r"^proxy/backend/backend(_\w+)?\.[ch]$"), (r"^event2/", r"^proxy/(\w+/)?(loop|tls|metrics|http|listen\w*)(_\w+)?\.[ch]$"),
               (r"^openssl/", r"^(crypto/.*|proxy/tls\.c|proxy/wire/authhash\.c|proxy/wire/tls\.c)$"), (r"^gmp\.h$", r"^crypto/"))
    for path in SOURCES:
        for number, kind, name in includes(path):
            for header, where in allowed:
                if kind == "<" and re.search(header, name) and not re.search(where, path):
                    yield f"{path}:{number} <{name}> belongs in {where}"


@check("raw byte and string calls are where lengths go wrong", "use mem_*, slice_* and buf_* of base/")
def raw_calls(_):
    raw = re.compile(r"\b(memcpy|memmove|memset|memcmp|strcpy|strncpy|strcat|strncat|sprintf|vsprintf|atoi|atol|strtok|gets)\s*\(")
    for path in SOURCES:
        if path.startswith("base/"):
            continue
        for number, line in enumerate(code(path), 1):
            m = raw.search(line)
            if m:
                yield f"{path}:{number} {m.group(1)}"


@check("a header that needs another one included first breaks whoever includes it next", "include what it uses")
def headers_alone(options):
    headers = [p for p in SOURCES if p.endswith(".h")]
    build = [f"-I{os.path.join(options.build, d)}" for d in ("", "rewriter/sql")]
    libs = subprocess.run(["pkg-config", "--cflags", "libevent", "libmariadb", "jansson"], capture_output=True, text=True).stdout.split()

    def compile_one(path):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as f:
            f.write(f'#include "{path}"\n')
            f.flush()
            run = subprocess.run(["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-fsyntax-only", f"-I{TOP}", *build, *libs, f.name],
                                 capture_output=True, text=True)
            return path, run.returncode, run.stderr
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, status, text in pool.map(compile_one, headers):
            if status:
                yield f"{path} {text.splitlines()[0] if text else ''}"


@check("one inclusion guard style", "start the header with #pragma once")
def pragma_once(_):
    for path in SOURCES:
        if path.endswith(".h") and not any(line.strip() == "#pragma once" for line in lines(path)[:60]):
            yield path


def stems(path):
    """Prefixes that a public symbol of this file may have."""
    parts = path[:-2].split("/")
    stem = re.sub(r"_priv$", "", parts[-1])
    folder = parts[-2] if len(parts) > 1 else ""
    names = {stem, f"{folder}_{stem}", re.sub(r"s$", "", folder) + "_" + stem}
    return names


@check("the prefix says which file to open", "start the symbol with its file's stem, or folder_stem where the stem is generic")
def symbol_prefix(options):
    archives = []
    for room in ROOMS:
        for directory, _, names in os.walk(os.path.join(options.build, room)):
            archives += [os.path.join(directory, n) for n in names if n.endswith(".a")]
    for archive in archives:
        out = subprocess.run(["nm", "-A", "--defined-only", "-g", archive], capture_output=True, text=True).stdout
        for line in out.splitlines():
            m = re.match(r".*:((?:\w+_)?[\w.]+)\.c\.o:\S* +([A-Z]) (\w+)$", line)
            if not m or m.group(3).startswith(("yy", "sql_yy", "__")):
                continue
            names = [p for p in SOURCES if p.endswith("/" + m.group(1).split("/")[-1] + ".c") or
                     p.replace("/", "_").endswith("_" + m.group(1) + ".c")]
            if names and not any(m.group(3) == s or m.group(3).startswith(s + "_") for p in names for s in stems(p)):
                yield f"{names[0]} defines {m.group(3)}"


@check("one screen: what does not fit in a head has bugs", "split it; tables and dispatch functions of up to 120 lines are let through")
def function_length(_):
    for path in SOURCES:
        if not path.endswith(".c"):
            continue
        start = name = None
        for number, line in enumerate(lines(path), 1):
            m = re.match(r"(\w+)\(", line)
            if m:
                name = m.group(1)
            elif line == "{" and name:
                start = number
            elif line == "}" and start:
                if number - start > 120:
                    yield f"{path}:{start} {name} has {number - start} lines"
                start = name = None


@check("a file with one responsibility stays readable", "split it by responsibility; generated tables are let through")
def file_length(_):
    for path in SOURCES:
        n = len(lines(path))
        if n > 1400 and not re.search(r"(table|_tab|tables|weights|vectors|grammar)\w*\.(c|h|y)$", path):
            yield f"{path} has {n} lines"


@check("each file says under which terms it may be used", "first lines: SPDX-License-Identifier: Apache-2.0")
def licence(_):
    kinds = (".c", ".h", ".l", ".y", ".py", ".sh", ".def", ".map", ".build", ".in")
    for path in FILES:
        if path.endswith(kinds) and "SPDX-License-Identifier: Apache-2.0" not in "\n".join(lines(path)[:4]):
            yield path


@check("unfinished places belong in the issue list", "finish it or write an issue")
def unfinished(_):
    for path in SOURCES:
        for number, line in enumerate(lines(path), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b|\bstub\b|not implemented yet", line):
                yield f"{path}:{number} {line.strip()[:80]}"


@check("the tree builds anywhere: no path of one machine, no package archive by name",
       "derive it at run time (see tests/support/mysql97.sh)")
def machine_traces(_):
    bad = re.compile(r"/(work|home|Users)/[a-z]|\b(deb|ftp|security|snapshot)\.debian\b|\b(files\.)?py(pi|thonhosted)\.|\bnpm[j]s\.|\bcrates\.i[o]\b|"
                     r"\bproxy\.gola[n]g\b|\barchive\.ubu[n]tu\b")
    for path in FILES:
        if path.endswith((".gz", ".png")) or path == "LICENSE":
            continue
        for number, line in enumerate(lines(path), 1):
            if bad.search(line):
                yield f"{path}:{number} {line.strip()[:100]}"


@check("one format, no discussions", "clang-format -i FILE")
def c_format(_):
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not tool:
        return
    paths = [p for p in FILES if p.endswith((".c", ".h")) and p.split("/")[0] in (*ROOMS, "tests")]
    for at in range(0, len(paths), 40):
        run = subprocess.run([tool, "--dry-run", "--ferror-limit=1", *paths[at:at + 40]], cwd=TOP, capture_output=True, text=True)
        for path in sorted(set(re.findall(r"^([^\s:]+):\d+:\d+: (?:warning|error)", run.stderr, re.M))):
            yield path


@check("shell has traps that a reader overlooks", "do what shellcheck says, or say in a directive why not")
def shell(_):
    scripts = [p for p in FILES if p.endswith(".sh") or (not os.path.splitext(p)[1] and lines(p)[0].startswith("#!/bin/"))]
    if scripts and shutil.which("shellcheck"):
        run = subprocess.run(["shellcheck", "-x", "-P", TOP, "-f", "gcc", *scripts], cwd=TOP, capture_output=True, text=True)
        yield from run.stdout.splitlines()


@check("a script that does not compile fails in the middle of a run", "fix the syntax")
def python(_):
    for path in FILES:
        if path.endswith(".py"):
            try:
                compile("\n".join(lines(path)), path, "exec")
            except SyntaxError as e:
                yield f"{path}:{e.lineno} {e.msg}"


@check("a link that leads nowhere sends the reader away", "correct the path")
def links(_):
    for path in FILES:
        if not path.endswith(".md"):
            continue
        for number, line in enumerate(lines(path), 1):
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", line):
                if not os.path.exists(os.path.join(TOP, os.path.dirname(path), target)):
                    yield f"{path}:{number} {target}"


@check("generated pages that lag behind mislead", "run tests/docs.py")
def generated_docs(_):
    run = subprocess.run([sys.executable, os.path.join(TOP, "tests/docs.py"), "--check"], capture_output=True, text=True)
    if run.returncode:
        yield run.stderr.strip()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("names", nargs="*")
    p.add_argument("--build", default=os.path.join(TOP, "build"))
    p.add_argument("--show", type=int, default=25)
    o = p.parse_args()
    failed = ran = 0
    for name, reason, fix, fn in CHECKS:
        if o.names and name not in o.names:
            continue
        found = list(fn(o))
        ran += 1
        failed += bool(found)
        if found:
            print(f"lint {name}: {len(found)} found\n  why: {reason}\n  fix: {fix}")
            for text in found[:o.show]:
                print(f"    {text}")
    print(f"lint rules: {ran - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
