#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the schemes' own test vectors, from the formulas in docs/formats/ciphertexts.md and not from the
C code. Standard library only.

usage: gen_crypto.py [--check]     writes (or compares) scheme_*.txt and keyfile.txt beside itself
"""
import hashlib
import hmac
import math
import pathlib
import random
import re
import sys

from aes256 import Aes, cmac, hkdf_expand, hkdf_extract, s2v, siv_ctr, siv_seal, xor

HERE = pathlib.Path(__file__).parent
RANDOM = random.Random(20261120)
INST = bytes(range(0x30, 0x40))
ID = dict(db=0x0102030405060708, tab=0x1112131415161718, col=0x21222324, onion=1, layer=2, epoch=3)


def counting(n):
    return bytes((7 * i + 1) % 256 for i in range(n))


def raw(n):
    return RANDOM.randbytes(n)


def id_bytes(i):
    return (
        i["db"].to_bytes(8, "big")
        + i["tab"].to_bytes(8, "big")
        + i["col"].to_bytes(4, "big")
        + bytes([i["onion"], i["layer"]])
        + i["epoch"].to_bytes(2, "big")
    )


def context(i, fmt):
    low = 0xFFFFFFFF
    return (
        b"e1"
        + INST[:8]
        + (i["db"] & low).to_bytes(4, "big")
        + (i["tab"] & low).to_bytes(4, "big")
        + i["col"].to_bytes(4, "big")
        + bytes([i["onion"], i["layer"]])
        + i["epoch"].to_bytes(2, "big")
        + fmt.to_bytes(2, "big")
    )


class File:
    """name = value blocks, one provenance line at the top."""

    def __init__(self, name, what):
        self.path = HERE / name
        self.lines = [
            "# SPDX-License-Identifier: Apache-2.0",
            f"# provenance: {what}; made by tests/vectors/gen_crypto.py (pure Python)",
        ]

    def add(self, **fields):
        self.lines.append("")
        for key, value in fields.items():
            value = value.hex() if isinstance(value, bytes) else value
            self.lines.append(f"{key} = {value}".rstrip())

    def finish(self, check):
        text = "\n".join(self.lines) + "\n"
        if check:
            return self.path.read_text(encoding="ascii") == text
        self.path.write_text(text, encoding="ascii")
        return True


def scheme_fields(scheme, key, i=None):
    i = i or ID
    return dict(scheme=scheme, inst=INST, id=id_bytes(i), key=key)


# --- RND, TAG, DET, WRAP, TOKEN, SEARCH -----------------------------------------------------------------

LENGTHS = [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 100, 255, 1000]


def rnd():
    f = File("scheme_rnd.txt", "AES-SIV of RFC 5297 with the context of formats/ciphertexts.md")
    for n in LENGTHS:
        key, salt, plain = raw(64), raw(16), raw(n)
        v, c = siv_seal(key, [context(ID, 1), salt], plain)
        f.add(name=f"row-bound {n}", **scheme_fields("rnd", key), tweak=salt, pt=plain, ct=b"\x13" + v + c)
    for n in LENGTHS:
        key, salt, plain = raw(64), raw(16), raw(n)
        v, c = siv_seal(key, [context(ID, 2), salt], plain)
        f.add(
            name=f"self-salted {n}",
            mode="decrypt",
            **scheme_fields("rnd", key),
            pt=plain,
            ct=b"\x23" + salt + v + c,
        )
    return f


def det():
    f = File("scheme_det.txt", "AES-256 (FIPS 197) of 128-bit two's complement integers")
    key = counting(32)
    for value in [0, 1, -1, 42, 2**63 - 1, -(2**63), 2**64 - 1, 2**127 - 1, -(2**127), 10**37]:
        block = value.to_bytes(16, "big", signed=True)
        f.add(name=str(value), **scheme_fields("det", key), pt=block, ct=Aes(key).encrypt(block))
    return f


def tag():
    f = File("scheme_tag.txt", "S2V of RFC 5297 under K1")
    i = dict(db=77, tab=0, col=0, onion=6, layer=0, epoch=3)
    for n in LENGTHS:
        key, plain = raw(64), raw(n)
        ct = s2v(key[:32], [context(i, 0x10), plain])
        f.add(name=f"{n} bytes", **scheme_fields("tag", key, i), pt=plain, ct=ct)
    return f


def wrap():
    f = File("scheme_wrap.txt", "AES-256 over nonce and block number as mask")
    for n in [0, 1, 8, 16, 17, 32, 64, 100]:
        key, nonce, plain = raw(32), raw(8), raw(n)
        aes = Aes(key)
        mask = b"".join(aes.encrypt(nonce + j.to_bytes(8, "big")) for j in range(n // 16 + 1))
        ct = b"\x53" + nonce + xor(plain, mask)
        f.add(name=f"{n} bytes", mode="decrypt", **scheme_fields("wrap", key), pt=plain, ct=ct)
    return f


def token():
    f = File("scheme_token.txt", "AES-256-CMAC (SP 800-38B), first 8 bytes")
    for word in [b"w", b"wallium", b"gabc", b"pa", b"w" + "grünkohl".encode(), b"w" + b"x" * 40]:
        key = raw(32)
        f.add(name=word.hex(), **scheme_fields("token", key), pt=word, ct=cmac(key, word)[:8])
    return f


def search():
    f = File("scheme_search.txt", "Song, Wagner, Perrig words; ct of the list, trapdoor of each word")
    for words in [[b"one"], [b"alpha", b"beta", b"gamma"], [b"", b"x" * 300]]:
        key = raw(64)
        cell, doors = b"", b""
        for w in words:
            x = cmac(key[:32], w)
            k = Aes(key[32:]).encrypt(x)
            s = raw(10)
            cell += xor(x, s + Aes(k).encrypt(s + bytes(6))[:6])
            doors += x + k
        f.add(
            name=f"{len(words)} words",
            mode="match",
            **scheme_fields("search", key),
            pt=b"".join(len(w).to_bytes(2, "big") + w for w in words),
            trapdoors=doors,
            ct=cell,
        )
    return f


# --- CLWW -------------------------------------------------------------------------------------------------


def clww_encrypt(key, plain):
    digits, chain = Aes(key[:32]), Aes(key[32:])
    w, out = bytes(16), b""
    for at in range(0, len(plain), 8):
        chunk = plain[at : at + 8]
        bits = "".join(f"{b:08b}" for b in chunk)
        for i, bit in enumerate(bits):
            label = int((bits[:i] + "1").ljust(128, "0"), 2).to_bytes(16, "big")
            f = int.from_bytes(digits.encrypt(xor(label, w))[:4], "little")
            out += bytes([255 * f // 2**32 + int(bit)])
        w = chain.encrypt(xor(w, chunk.ljust(16, b"\0")))
    return out


def clww():
    f = File("scheme_clww.txt", "Chenette, Lewi, Weis, Wu 2016 with digits modulo 256")
    for value in [0, 1, 2**63, 2**64 - 1]:
        key, plain = counting(64), value.to_bytes(8, "big")
        f.add(name=str(value), **scheme_fields("clww", key), pt=plain, ct=clww_encrypt(key, plain))
    for n in [1, 2, 3, 4, 5, 7, 9, 16, 20]:
        key, plain = raw(64), raw(n)
        f.add(name=f"{n} bytes", **scheme_fields("clww", key), pt=plain, ct=clww_encrypt(key, plain))
    return f


# --- OPE --------------------------------------------------------------------------------------------------


def load_table():
    """Lines of seven coefficients; ope_table.py proves them."""
    text = (HERE / "../../crypto/ope_table.c").read_text(encoding="ascii")
    rows = re.findall(r"^\{(-?\d+(?:,-?\d+){6})\},$", text, re.M)
    assert len(rows) == 1024
    return [[int(c) for c in row.split(",")] for row in rows]


TABLE = load_table()


def toward_zero(a, b):
    q = abs(a) // b
    return -q if a < 0 else q


def sample_large(n, s):
    half = s >> 64
    v = half | 1
    lz = 64 - v.bit_length()
    fraction = (v << lz << 1) & (2**64 - 1)
    x = ((fraction << 4) & (2**64 - 1)) >> 5
    c = TABLE[lz * 16 + (fraction >> 60)]
    z = c[6]
    for j in range(5, -1, -1):
        z = c[j] + (z * x >> 59)
    nu = (2**64 - 1) // n if n < 2**64 else 1
    nu2 = nu * nu >> 64
    one = 2**40
    z1 = z >> 18
    z2 = z1 * z1 >> 40
    z4 = z2 * z2 >> 40
    correction = (
        toward_zero(-((z2 - 3 * one) * (nu + nu2 * 6 // 10) >> 64), 12)
        + toward_zero((z4 - 10 * z2 + 15 * one) * nu2 >> 64, 45)
        - toward_zero((3 * z4 - 24 * z2 + 29 * one) * nu2 >> 64, 96)
    )
    w = z + (z1 * correction >> 22)
    q = 3 * n - 1
    even = (128 - q.bit_length()) & ~1
    sigma = math.isqrt(q << even) * 5325116328314171700 >> 64  # over sqrt(12)
    off = w * sigma >> (58 + even // 2 - 20)
    k = (((n + 1) << 19) + (-off if half & 1 else off)) >> 20
    return min(max(k, 0), n)


class Ope:
    def __init__(self, key, domain, size):
        self.k1, self.k2, self.k3 = (Aes(key[32 * i : 32 * i + 32]) for i in range(3))
        self.domain, self.range = domain, size

    @staticmethod
    def prf(aes, v):
        return int.from_bytes(aes.encrypt(v.to_bytes(16, "big")), "big")

    def split(self, prefix, depth, n):
        s = self.prf(self.k1, (2 * prefix + 1) << (127 - depth))
        if n <= 1024:
            bits, width = s, 128
            for j in range(1, -(-n // 128)):
                bits |= self.prf(self.k2, s ^ j) << width
                width += 128
            k = bin(bits & ((1 << n) - 1)).count("1")
        else:
            k = sample_large(n, s)
        half = 1 << (self.range - depth - 1)
        k = min(k, half)
        return n - half if n - k > half else k

    def encrypt(self, m):
        n, lo, prefix, depth = 1 << self.domain, 0, 0, 0
        while n > 1:
            k = self.split(prefix, depth, n)
            prefix, depth = prefix << 1, depth + 1
            if m - lo < k:
                n = k
            else:
                lo, n, prefix = lo + k, n - k, prefix | 1
        below = self.range - depth
        if below == 0:
            return prefix
        tail = self.prf(self.k3, (2 * prefix + 1) << (127 - depth)) >> (128 - below)
        return prefix << below | tail


def lcg(x):
    return (x * 6364136223846793005 + 1442695040888963407) % 2**64


def ope():
    f = File("scheme_ope.txt", "Boldyreva et al. as a trie, in exact integers")
    for bits in [32, 64]:
        key = counting(128)
        o = Ope(key, bits, 2 * bits)
        x = 1
        values = {0, 1, 2, 3, 2 ** (bits - 1) - 1, 2 ** (bits - 1), 2 ** (bits - 1) + 1, 2**bits - 2, 2**bits - 1}
        values |= {10**k for k in range(bits // 4)}
        for _ in range(24):
            x = lcg(x)
            values.add(x >> (64 - bits))
        for m in sorted(values):
            if m < 2**bits:
                f.add(
                    name=f"{bits}: {m}",
                    **scheme_fields("ope", key),
                    pt=m.to_bytes(bits // 8, "big"),
                    ct=o.encrypt(m).to_bytes(bits // 4, "big"),
                )
    return f


def ope_digest():
    f = File("ope_digest.txt", "SHA-256 of OPE ciphertexts of count values from a congruential generator")
    for bits, count in [(64, 150), (48, 60), (32, 120), (24, 60), (16, 60)]:
        o = Ope(counting(96), bits, 2 * bits)
        x, digest = 1, hashlib.sha256()
        for i in range(count):
            x = lcg(x)
            digest.update(o.encrypt((x >> (64 - bits)) >> (i % bits)).to_bytes(16, "big"))
        f.add(name=f"{bits} bits", bits=bytes([bits]), count=count.to_bytes(2, "big"), sha256=digest.digest())
    return f


# --- what must be refused ---------------------------------------------------------------------------------


def reject(f, name, scheme, key, code, ct, i=None, **fields):
    f.add(name=name, mode="reject", code=code, **scheme_fields(scheme, key, i), **fields, ct=ct)


def flip(data, bit):
    out = bytearray(data)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


def bad_rnd(f):
    key, salt, plain = raw(64), raw(16), b"0123456789abcdefghij"

    def cell(ads, header=b"\x13", k=key):
        v, c = siv_seal(k, ads, plain)
        return header + v + c

    good = cell([context(ID, 1), salt])

    def no(name, ct, code="AUTHENTICITY", tweak=salt):
        reject(f, name, "rnd", key, code, ct, **({"tweak": tweak} if tweak else {}))

    # bits 63 and 31 of V do not reach the keystream: only the comparison of V sees them
    no("V: bit 63", flip(good, 8 * 9 + 7))
    no("V: bit 31", flip(good, 8 * 13 + 7))
    no("V: zeros", good[:1] + bytes(16) + good[17:])
    no("V: ones", good[:1] + b"\xff" * 16 + good[17:])
    no("V: of another plaintext", good[:1] + s2v(key[:32], [context(ID, 1), salt, plain[:-1]]) + good[17:])
    no("C: first bit", flip(good, 8 * 17 + 7))
    no("C: last bit", flip(good, 8 * len(good) - 8))
    no("C: one byte more", good + b"\0")
    no("C: one byte less", good[:-1])
    no("C: none", good[:17])
    no("K1 and K2 exchanged", cell([context(ID, 1), salt], k=key[32:] + key[:32]))
    no("no associated data", cell([]))
    no("no context", cell([salt]))
    no("no salt", cell([context(ID, 1)]))
    no("components exchanged", cell([salt, context(ID, 1)]))
    no("components joined", cell([context(ID, 1) + salt]))
    no("salt one bit off", cell([context(ID, 1), flip(salt, 0)]))
    for field in ["db", "tab", "col", "onion", "layer", "epoch"]:
        no(f"context of another {field}", cell([context(dict(ID, **{field: ID[field] + 1}), 1), salt]))
    no("format of self-salted cells", cell([context(ID, 2), salt]))
    no("no row salt at hand", good, tweak=None)
    own = cell([context(ID, 2), salt], b"\x23" + salt)
    no("self-salted, N one bit off", flip(own, 8))
    no("self-salted, N taken for the row's salt", b"\x13" + own[17:])
    no("row-bound, the row's salt taken for N", b"\x23" + salt + good[1:])
    for suite in [0, 3, 4, 5, 15]:
        no(f"suite {suite}", bytes([suite << 4 | 3]) + good[1:], "CIPHERTEXT")
    for epoch in [0, 2, 4, 15]:
        no(f"epoch {epoch}", bytes([0x10 | epoch]) + good[1:], "KEY_MISSING")
    for n in [0, 1, 16]:
        no(f"{n} bytes", good[:n], "CIPHERTEXT")
        no(f"self-salted, {n + 16} bytes", own[: n + 16], "CIPHERTEXT")


def bad_order(f):
    key = counting(128)
    o = Ope(key, 64, 128)
    for m in [0, 10**6, 2**64 - 1]:
        for change in [1, 1 << 64, 1 << 127]:
            ct = (o.encrypt(m) ^ change).to_bytes(16, "big")
            reject(f, f"OPE of {m} xor {change:x}", "ope", key, "AUTHENTICITY", ct)
    for n in [0, 1, 7, 9, 15, 17, 32]:
        reject(f, f"OPE of {n} bytes", "ope", key, "CIPHERTEXT", raw(n))
    key = counting(64)
    good = clww_encrypt(key, b"neighbour")
    for at in [0, 7, 63, 64, 71]:
        for step in [2, 3, 254]:
            ct = good[:at] + bytes([(good[at] + step) % 256]) + good[at + 1 :]
            reject(f, f"CLWW digit {at} plus {step}", "clww", key, "AUTHENTICITY", ct)
    for n in [0, 1, 7, 9, 63, 65]:
        reject(f, f"CLWW of {n} bytes", "clww", key, "CIPHERTEXT", bytes(n))


def bad_others(f):
    for n in [0, 1, 15, 17, 32]:
        reject(f, f"DET of {n} bytes", "det", counting(32), "CIPHERTEXT", bytes(n))
    key = raw(32)
    for header in [0x13, 0x23, 0x43, 0x03, 0xF3]:
        reject(f, f"wrap, header {header:02x}", "wrap", key, "CIPHERTEXT", bytes([header]) + raw(24))
    reject(f, "wrap, another epoch", "wrap", key, "KEY_MISSING", b"\x54" + raw(24))
    for n in [0, 1, 8]:
        reject(f, f"wrap of {n} bytes", "wrap", key, "CIPHERTEXT", b"\x53" + raw(n - 1) if n else b"")


def refused():
    f = File("scheme_bad.txt", "ciphertexts that decryption must refuse, and with which status")
    bad_rnd(f)
    bad_order(f)
    bad_others(f)
    return f


# --- keys -------------------------------------------------------------------------------------------------


def derive(prk, purpose, i, length):
    head = b"edbp/v1\0" + bytes([purpose]) + i["epoch"].to_bytes(2, "big")
    return hkdf_expand(prk, head + id_bytes(i)[:22], length)


def keyring():
    f = File("keyring.txt", "HKDF-SHA256 (RFC 5869) on numeric ids; key = master key")
    for purpose in [1, 2, 3]:
        key = raw(32)
        i = dict(ID, epoch=1)
        out = derive(hkdf_extract(INST, key), purpose, i, 80)
        f.add(name=f"purpose {purpose}", kind="derive", purpose=bytes([purpose]), inst=INST, id=id_bytes(i), key=key, out=out)
    for number, scheme, length in [(2, "det", 32), (5, "clww", 64)]:
        key = raw(32)
        i = dict(ID, epoch=1)
        material = derive(hkdf_extract(INST, key), 32 + number, i, length)
        plain = raw(16)
        ct = Aes(material).encrypt(plain) if scheme == "det" else clww_encrypt(material, plain)
        f.add(name=scheme, kind="scheme", scheme=scheme, inst=INST, id=id_bytes(i), key=key, pt=plain, out=ct)
    key, nonce, plain = raw(32), raw(16), b"catalog"
    zero = dict(db=0, tab=0, col=0, onion=0, layer=0, epoch=1)
    ads = [context(zero, 0x20), (9).to_bytes(8, "big"), b"tables", nonce]
    v, c = siv_seal(derive(hkdf_extract(INST, key), 2, zero, 64), ads, plain)
    f.add(name="seal", kind="seal", inst=INST, key=key, label=b"tables", version=bytes([9]), pt=plain, out=b"\x21" + nonce + v + c)
    return f


def key_wrap(kek, plain):
    """RFC 3394 section 2.2.1."""
    aes, a = Aes(kek), bytes([0xA6] * 8)
    r = [plain[i : i + 8] for i in range(0, len(plain), 8)]
    for j in range(6):
        for i in range(len(r)):
            b = aes.encrypt(a + r[i])
            a = xor(b[:8], (len(r) * j + i + 1).to_bytes(8, "big"))
            r[i] = b[8:]
    return a + b"".join(r)


def keyfile():
    f = File("keyfile.txt", "EDBK version 1; scrypt (RFC 7914) from hashlib")
    for epochs, log_n, passphrase in [([1], 10, b"correct horse"), ([3, 4, 17], 11, b"")]:
        salt, keys = raw(16), [raw(32) for _ in epochs]
        kek = hashlib.scrypt(passphrase, salt=salt, n=1 << log_n, r=8, p=1, maxmem=1 << 26, dklen=64)
        body = b"EDBK" + bytes([1, 1, log_n]) + (8).to_bytes(4, "big") + (1).to_bytes(4, "big")
        body += salt + INST + len(epochs).to_bytes(2, "big")
        for e, k in zip(epochs, keys):
            body += e.to_bytes(2, "big") + key_wrap(kek[:32], k)
        body += hmac.new(kek[32:], body, hashlib.sha256).digest()
        f.add(
            name=f"{len(epochs)} epochs",
            passphrase=passphrase,
            epochs=b"".join(e.to_bytes(2, "big") for e in epochs),
            inst=INST,
            keys=b"".join(keys),
            file=body,
        )
    key = bytes(range(100, 132))
    f.add(
        name="raw",
        passphrase=b"",
        epochs=(1).to_bytes(2, "big"),
        inst=hmac.new(key, b"edbp/v1 inst", hashlib.sha256).digest()[:16],
        keys=key,
        file=key.hex().encode() + b"\n",
    )
    return f


def main():
    check = sys.argv[1:] == ["--check"]
    makers = [rnd, det, tag, wrap, token, search, clww, ope, ope_digest, keyring, keyfile, refused]
    bad = [f.path.name for f in (make() for make in makers) if not f.finish(check)]
    if bad:
        sys.exit("differ: " + " ".join(bad))


if __name__ == "__main__":
    main()
