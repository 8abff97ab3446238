#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's WordPress, unmodified: the same visits on a plain server and through the proxy, page by page.

usage: wordpress.py --plain SPEC --proxy SPEC [--show N] [--keep DIR]
SPEC is `host:port:user:password` or `/socket:user:password`. Each side gets a fresh database, a copy of the program with its own
wp-config.php, and PHP's built-in web server. What is random or the clock's (nonces, password hashes, times) is masked, then status,
address after redirects and page must be the same. Ends with "N passed, N failed".
"""
import argparse
import difflib
import http.cookiejar
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import pymysql

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import wire  # noqa: E402

PROGRAM = "/usr/share/wordpress"
DATABASE = "app_wordpress"
CONFIG = """<?php
define('DB_NAME', '%(db)s'); define('DB_USER', '%(user)s'); define('DB_PASSWORD', '%(password)s'); define('DB_HOST', '%(host)s');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $k) { define($k . '_KEY', $k . 'k'); define($k . '_SALT', $k . 's'); }
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('WP_DEBUG', false);
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
"""
MASKS = [(re.compile(p), r) for p, r in (
    (rb'(nonce["\']?\s*[:=]\s*["\'])[0-9a-f]{10}', rb"\1N"),
    (rb'((?:_wpnonce|_ajax_nonce|nonce)=)[0-9a-f]{10}', rb"\1N"),
    (rb'(name="[^"]*nonce[^"]*" value=")[0-9a-f]{10}', rb"\1N"),
    (rb'(["\'])[0-9a-f]{10}\1', rb"\1N\1"),
    (rb'\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([+-]\d\d:?\d\d|Z)?', b"TIME"),
    (rb'(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d', b"TIME"),
    (rb'(?<![.\d])\d{1,2}:\d\d(?!\d)(:\d\d)?( ?(am|pm)\b)?', b"TIME"),
    (rb'moderation-hash=[0-9a-f]{32}', b"HASH"),
    (rb'\b\d+ (second|min|minute|hour)s?( ago)?\b', b"AGO"),
    (rb'(["\'>= \[])1[789]\d{8}(\.\d+)?(:\d)?\b', rb"\1STAMP"),
    (rb'\$P\$[./0-9A-Za-z]{31}', b"HASH"),
    (rb'(name="(?:hh|mn|ss|cur_hh|cur_mn|hidden_mn|hidden_hh|hidden_ss)"[^>]*value=")\d\d', rb"\1T"),
    (rb'(value=")\d\d("[^>]*name="(?:hh|mn|ss)")', rb"\1T\2"),
    (rb'<div class="(?:hh|mn|ss)">\d\d</div>', b"T"),
    (rb'wordpress_logged_in_\w+', b"COOKIE"),
    (rb'pw=[^&"]*|value="[^"]{24}" autocomplete="new-password"|data-pw="[^"]*"', b"PASSWORD"),
)]


class Site:
    """One installation, its web server, and a visitor with cookies."""

    def __init__(self, spec, port, folder):
        self.spec, self.port, self.folder, self.base = spec, port, folder, f"http://127.0.0.1:{port}"
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.nonce, self.pages, self.seconds = None, [], 0.0

    def start(self):
        where = wire.parse_spec(self.spec)
        with pymysql.connect(**where, autocommit=True) as c, c.cursor() as cur:
            cur.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            cur.execute(f"CREATE DATABASE {DATABASE}")
        host = "localhost:" + where["unix_socket"] if "unix_socket" in where else f"{where['host']}:{where['port']}"
        with open(f"{self.folder}/wp-config.php", "w", encoding="utf-8") as f:
            f.write(CONFIG % {"db": DATABASE, "user": where["user"], "password": where["password"], "host": host})
        self.server = subprocess.Popen(
            ["php", "-d", "max_execution_time=120", "-d", "display_errors=1", "-S", f"127.0.0.1:{self.port}", "-t", self.folder],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        sys.exit("PHP's web server does not start")

    def stop(self):
        self.server.terminate()
        self.server.wait()

    def visit(self, path, form=None, data=None, method=None, keep=True):
        """GET, POST of a form, or a REST call; the answer is remembered for the comparison."""
        headers = {"User-Agent": "test"}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form).encode()
        if data is not None or method:
            body = json.dumps(data).encode() if data is not None else None
            headers["Content-Type"] = "application/json"
        if self.nonce and path.startswith("/?rest_route="):
            headers["X-WP-Nonce"] = self.nonce
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        t0 = time.perf_counter()
        try:
            with self.opener.open(request, timeout=120) as r:
                status, url, text = r.status, r.geturl(), r.read()
        except urllib.error.HTTPError as e:
            status, url, text = e.code, e.geturl(), e.read()
        self.seconds += time.perf_counter() - t0
        if keep:
            self.pages.append((f"{method or ('POST' if body else 'GET')} {path.split('&_wp')[0]}", status, url, text))
        return text

    def rest(self, path, data=None, method=None):
        text = self.visit("/?rest_route=" + path, data=data, method=method or ("POST" if data is not None else None))
        try:
            return json.loads(text)
        except ValueError:
            return {}


def field(page, name):
    m = re.search(rb'name=["\']' + name.encode() + rb'["\'][^>]*value=["\']([^"\']*)', page)
    return m.group(1).decode() if m else ""


def install(s):
    s.visit("/")
    s.visit("/wp-admin/install.php")
    s.visit("/wp-admin/install.php?step=2", form={
        "weblog_title": "A test's blog — «Größe» 🐬", "user_name": "admin", "admin_password": "secret-Pass-1", "pw_weak": "1",
        "admin_password2": "secret-Pass-1", "admin_email": "admin@example.com", "language": "", "blog_public": "0"})
    for path in ("/", "/?p=1", "/?page_id=2", "/?feed=rss2", "/?feed=comments-rss2", "/?p=9999"):
        s.visit(path)


def log_in(s):
    s.visit("/wp-login.php")
    s.visit("/wp-login.php", form={"log": "admin", "pwd": "wrong", "testcookie": "1"})
    s.visit("/wp-login.php", form={"log": "admin", "pwd": "secret-Pass-1", "wp-submit": "Log In", "testcookie": "1"})
    s.nonce = s.visit("/wp-admin/admin-ajax.php?action=rest-nonce", keep=False).decode()[-10:]


def write(s):
    """Categories, tags, posts, pages, and changes of them, as the editor does it."""
    cats = [s.rest("/wp/v2/categories", {"name": n, "description": "about " + n}).get("id") for n in ("Zoology", "Botany", "Ärger")]
    s.rest("/wp/v2/categories", {"name": "Birds", "parent": cats[0]})
    s.rest("/wp/v2/categories", {"name": "Botany"})
    tags = [s.rest("/wp/v2/tags", {"name": f"tag {i}"}).get("id") for i in range(5)]
    for i in range(14):
        post = {"title": f"Post number {i} {'dolphin' if i % 3 else 'gnu'}", "status": "draft" if i == 7 else "publish",
                "date": f"2021-0{i % 9 + 1}-11T10:{10 + i}:00", "content": f"<p>The {'quick' if i % 2 else 'lazy'} fox 🦊 no. {i}</p>" * (i + 1),
                "excerpt": f"in short: {i}", "categories": [cats[i % 3]], "tags": [tags[i % 5], tags[(i + 1) % 5]]}
        got = s.rest("/wp/v2/posts", post).get("id")
        if i % 4 == 0:
            s.rest(f"/wp/v2/posts/{got}", {"title": f"Changed {i} 'quoted' \"twice\"", "sticky": i == 4})
    s.rest("/wp/v2/pages", {"title": "About us", "status": "publish", "content": "who we are", "menu_order": 3})
    s.rest("/wp/v2/posts/6", {"content": "second thoughts"})
    s.rest("/wp/v2/posts/6", {"content": "third thoughts"})
    s.rest("/wp/v2/posts/8", method="DELETE")
    s.rest("/wp/v2/users", {"username": "erika", "email": "erika@example.com", "password": "pw-1-Erika", "roles": ["author"]})
    s.rest("/wp/v2/users", {"username": "erika", "email": "other@example.com", "password": "x"})
    s.rest("/wp/v2/settings", {"description": "It's a test", "posts_per_page": 4, "timezone": "Europe/Berlin"})


def comment(s):
    visitor = Site(s.spec, s.port, s.folder)
    for i in range(6):
        visitor.visit("/wp-comments-post.php", form={
            "comment": f"Comment {i}: what's \"this\"? 100% {'spam' if i == 3 else 'fine'}", "author": f"Visitor {i}",
            "email": f"v{i}@example.com", "url": "", "comment_post_ID": str(1 if i < 4 else 6), "comment_parent": "0"})
        time.sleep(0.1)
    visitor.visit("/wp-comments-post.php", form={"comment": "", "author": "x", "email": "y@example.com", "comment_post_ID": "1"})
    s.pages += visitor.pages
    s.rest("/wp/v2/comments/2", {"status": "approved"})
    s.rest("/wp/v2/comments/5", {"status": "spam"})
    s.rest("/wp/v2/comments/4", method="DELETE")
    s.rest("/wp/v2/comments", {"post": 1, "content": "an answer", "parent": 2})
    for q in ("", "&status=hold", "&search=fine", "&post=1&order=asc", "&author_email=v1@example.com"):
        s.rest("/wp/v2/comments&context=edit" + q)


def read(s):
    for path in ("/", "/?paged=2", "/?s=dolphin", "/?s=lazy+fox", "/?s=nothing-of-that", "/?s=quick&paged=2", "/?m=202103", "/?m=2021",
                 "/?cat=2", "/?cat=3&paged=2", "/?tag=tag-1", "/?author=1", "/?p=1", "/?p=6", "/?p=12", "/?feed=rss2", "/?feed=atom&cat=3",
                 "/?attachment_id=1", "/wp-sitemap.xml", "/?rest_route=/", "/xmlrpc.php"):
        s.visit(path)
    for q in ("", "&search=gnu", "&categories=3&orderby=title&order=asc", "&tags=6,7&per_page=3&page=2", "&before=2021-05-01T00:00:00",
              "&exclude=6&orderby=id", "&slug=post-number-3-dolphin", "&status=draft", "&sticky=1", "&author=1&offset=5", "&orderby=relevance&search=fox"):
        s.rest("/wp/v2/posts" + q)
    for path in ("categories&hide_empty=1", "tags&orderby=slug&order=desc", "users", "pages", "search&search=post", "media", "types",
                 "taxonomies", "posts/6/revisions", "settings", "users/me&context=edit"):
        s.rest("/wp/v2/" + path)


def administer(s):
    for path in ("index.php", "edit.php", "edit.php?post_status=draft&post_type=post", "edit.php?s=fox&post_type=post", "edit.php?m=202104&cat=3",
                 "edit.php?orderby=title&order=asc", "edit.php?post_type=page", "edit-comments.php", "edit-comments.php?comment_status=spam",
                 "edit-tags.php?taxonomy=category", "edit-tags.php?taxonomy=post_tag&orderby=slug", "users.php", "users.php?role=author",
                 "user-edit.php?user_id=2", "profile.php", "options-general.php", "options-discussion.php", "options-reading.php", "options.php",
                 "upload.php?mode=list", "plugins.php", "themes.php", "tools.php", "export.php", "widgets.php", "nav-menus.php",
                 "post.php?post=6&action=edit", "comment.php?action=editcomment&c=2", "site-health.php?tab=debug"):
        s.visit("/wp-admin/" + path, keep=not path.startswith("site-health"))  # that page prints the server's own variables
    page = s.visit("/wp-admin/options-general.php", keep=False)
    s.visit("/wp-admin/options.php", form={"option_page": "general", "action": "update", "_wpnonce": field(page, "_wpnonce"), "blogname": "Renamed",
                                           "blogdescription": "x", "siteurl": s.base, "home": s.base, "new_admin_email": "admin@example.com",
                                           "date_format": "F j, Y", "time_format": "H:i", "start_of_week": "1", "timezone_string": "UTC"})
    page = s.visit("/wp-admin/edit.php", keep=False)
    s.visit("/wp-admin/edit.php?" + urllib.parse.urlencode({"action": "trash", "post[]": "10", "post_type": "post", "post_status": "all",
                                                            "_wpnonce": field(page, "_wpnonce"), "_wp_http_referer": "/wp-admin/edit.php"}))
    s.visit("/wp-admin/edit.php?post_status=trash&post_type=post")
    s.visit("/wp-admin/export.php?download=true&content=all")
    s.visit("/wp-cron.php?doing_wp_cron")
    s.rest("/wp/v2/users/2&force=true&reassign=1", method="DELETE")
    s.rest("/wp/v2/categories/3&force=true", method="DELETE")
    for path in ("/", "/?cat=3", "/?s=fox"):
        s.visit(path)


def masked(text):
    text = re.sub(rb"&#0?(\d{2,3});", lambda m: bytes([min(255, int(m.group(1)))]), text)  # mail addresses are hidden at random
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--plain", required=True)
    p.add_argument("--proxy", required=True)
    p.add_argument("--show", type=int, default=12)
    p.add_argument("--keep", help="folder for the pages of both sides")
    o = p.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="allium-wp-")
    sites = []
    try:
        shutil.copytree(PROGRAM, folder, dirs_exist_ok=True)
        for spec in (o.plain, o.proxy):  # one after the other: pages hold the address of the site
            site = Site(spec, port, folder)
            site.start()
            try:
                for act in (install, log_in, write, comment, read, administer):
                    act(site)
            finally:
                site.stop()
            sites.append(site)
    finally:
        shutil.rmtree(folder)
    passed = failed = 0
    for i, (a, b) in enumerate(zip(sites[0].pages, sites[1].pages)):
        x, y = ((p[0], p[1], masked(p[2].encode()).decode(), masked(p[3])) for p in (a, b))
        if o.keep:
            for side, page in (("plain", x), ("proxy", y)):
                os.makedirs(f"{o.keep}/{side}", exist_ok=True)
                with open(f"{o.keep}/{side}/{i:03}", "wb") as f:
                    f.write(f"{page[0]}\n{page[1]} {page[2]}\n".encode() + page[3])
        if x == y:
            passed += 1
            continue
        failed += 1
        if failed <= o.show:
            print(f"FAIL {i} {x[0]}: {x[1]} {x[2]} / {y[1]} {y[2]}")
            lines = difflib.unified_diff(x[3].decode(errors="replace").splitlines(), y[3].decode(errors="replace").splitlines(), lineterm="", n=0)
            print("\n".join("    " + line[:300] for line in list(lines)[2:10]))
    print(f"{len(sites[0].pages)} pages, time proxy/plain = {sites[1].seconds / sites[0].seconds:.2f}")
    print(f"{passed} passed, {failed} failed")
    return failed == 0 and passed > 100


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
