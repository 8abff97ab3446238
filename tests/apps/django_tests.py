#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Django's own tests on a plain server and through the proxy: the same tests must pass, fail and be left out.

usage: django_tests.py --plain SPEC --proxy SPEC [--more] [--sources DIR] [LABEL ...]
SPEC is `host:port:user:password` (an account that may create databases). The program is Debian's python3-django, the tests are from
the source package of the same version, which is fetched once with the machine's own package sources. One line per label; ends with
"N passed, N failed", of labels. --more adds labels that take longer; labels given by name replace the list.
"""
import argparse
import collections
import glob
import os
import re
import subprocess
import sys
import tempfile

import pymysql

LABELS = """basic bulk_create constraints custom_columns dates datetimes defer delete distinct_on_fields force_insert_update from_db_value
    get_earliest_or_latest get_or_create indexes introspection known_related_objects lookup m2m_through many_to_many many_to_one null_queries
    one_to_one or_lookups ordering proxy_models raw_query reserved_names save_delete_hooks select_for_update select_related sessions_tests
    string_lookup transactions unmanaged_models update""".split()
MORE = """aggregation aggregation_regress annotations backends datatypes db_functions expressions expressions_case fixtures fixtures_regress
    foreign_object generic_relations inspectdb model_fields model_inheritance model_inheritance_regress multiple_database nested_foreign_keys
    prefetch_related queries schema serializers timezones""".split()
SETTINGS = """
import os
host, port, user, password = os.environ["DJANGO_DB"].split(":", 3)
DATABASES = {a: {"ENGINE": "django.db.backends.mysql", "NAME": "django_" + a, "HOST": host, "PORT": port, "USER": user, "PASSWORD": password,
                 "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_general_ci"}} for a in ("default", "other")}
SECRET_KEY = "x"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
"""
FETCH = """
set -eu
version=$(dpkg-query -W -f '${source:Version}' python3-django)
rm -rf apt/parts
mkdir -p apt/parts apt/lists/partial
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    case $f in
    *.list) grep -h '^deb .*debian' "$f" | sed 's/^deb /deb-src /' >"apt/parts/$(basename "$f")" || true ;;
    *.sources) ! grep -q debian "$f" || sed 's/^Types:.*/Types: deb-src/' "$f" >"apt/parts/$(basename "$f")" ;;
    esac
done
o="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$PWD/apt/parts -o Dir::State::lists=$PWD/apt/lists"
apt-get -q $o update
# a security update's own files may have left the archive since; the tests are in the original's
apt-get -q $o source --download-only "python-django=$version" || true
tar xzf python-django_*.orig.tar.gz
"""


def sources(folder):
    """Where the tests are; fetches them on the first call."""
    if not glob.glob(f"{folder}/Django-*/tests/runtests.py"):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["bash", "-c", FETCH], cwd=folder, check=True)
    return os.path.dirname(glob.glob(f"{folder}/Django-*/tests/runtests.py")[0])


class Run:
    """One run of the labels: which tests there were, and what became of them."""

    def __init__(self, spec, tests, settings, labels):
        host, port, user, password = spec.split(":", 3)
        with pymysql.connect(host=host, port=int(port), user=user, password=password, autocommit=True) as c, c.cursor() as cur:
            for name in ("django_default", "django_other"):  # some tests connect there
                cur.execute(f"CREATE DATABASE IF NOT EXISTS {name}")
        env = dict(os.environ, DJANGO_DB=spec, PYTHONPATH=settings)
        command = ["/usr/bin/python3", "-W", "ignore", "runtests.py", "--settings=settings", "--noinput", "--parallel=1", "-v", "2"] + labels
        p = subprocess.run(command, cwd=tests, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.text = p.stdout
        self.count, self.bad, self.skipped = collections.Counter(), collections.defaultdict(set), collections.Counter()
        label = None
        for line in self.text.splitlines():
            m = re.match(r"(?:setUpClass|test\w*) \((\w+)\.", line)
            if m:
                label = m.group(1)
                self.count[label] += 1
            if re.search(r"\.\.\. skipped ", line) and label:
                self.skipped[label] += 1
            m = re.match(r"(ERROR|FAIL): (.*)", line)
            if m:
                name = re.search(r"\((\w+)\.", m.group(2))
                self.bad[name.group(1) if name else "?"].add(line)
        self.ran = re.search(r"^Ran (\d+) tests in ([\d.]+)s", self.text, re.M)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--plain", required=True)
    p.add_argument("--proxy", required=True)
    p.add_argument("--more", action="store_true")
    p.add_argument("--sources", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/django-source"))
    p.add_argument("labels", nargs="*")
    o = p.parse_args()
    labels = o.labels or LABELS + (MORE if o.more else [])
    tests = sources(os.path.abspath(o.sources))
    labels = [x for x in labels if os.path.isdir(f"{tests}/{x}")]
    with tempfile.TemporaryDirectory(prefix="allium-django-") as settings:
        with open(f"{settings}/settings.py", "w", encoding="utf-8") as f:
            f.write(SETTINGS)
        plain, proxy = (Run(spec, tests, settings, labels) for spec in (o.plain, o.proxy))
    for side, run in (("plain", plain), ("proxy", proxy)):
        if not run.ran:
            print(f"the run on the {side} server did not end:\n{run.text[-3000:]}\n0 passed, 1 failed")
            return False
    failed = 0
    for label in labels:
        same = (plain.count[label], plain.skipped[label], plain.bad[label]) == (proxy.count[label], proxy.skipped[label], proxy.bad[label])
        failed += not same
        print(f"{'ok  ' if same else 'FAIL'} {label}: {plain.count[label]} tests, {len(plain.bad[label])} bad on both" if same else
              f"FAIL {label}: {plain.count[label]} / {proxy.count[label]} tests")
        for line in sorted(proxy.bad[label] ^ plain.bad[label]):
            print(f"     {'proxy' if line in proxy.bad[label] else 'plain'} {line}")
            at = proxy.text.find(line)
            print("\n".join("         " + x for x in proxy.text[at:at + 6000].split("\n======")[0].strip().splitlines()[-3:]) if at >= 0 else "")
    print(f"{plain.ran.group(1)} tests, seconds {plain.ran.group(2)} on plain, {proxy.ran.group(2)} through the proxy")
    print(f"{len(labels) - failed} passed, {failed} failed")
    return failed == 0 and len(labels) > 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
