# SPDX-License-Identifier: Apache-2.0
"""AES (FIPS 197) and what the schemes build on it, in plain Python, for making test vectors."""
import hashlib
import hmac


def _xtime(a):
    return (a << 1) ^ (0x11B if a & 0x80 else 0)


def _make_sbox():
    sbox, p, q = [0] * 256, 1, 1
    while True:
        p = p ^ _xtime(p) & 0xFF
        for shift in (1, 2, 4):
            q ^= q << shift & 0xFF
        if q & 0x80:
            q ^= 0x09
        x = q
        for k in range(1, 5):
            x ^= (q << k | q >> (8 - k)) & 0xFF
        sbox[p] = x ^ 0x63
        if p == 1:
            break
    sbox[0] = 0x63
    return sbox


SBOX = _make_sbox()


class Aes:
    def __init__(self, key):
        n = len(key) // 4
        self.rounds = n + 6
        words = [list(key[4 * i : 4 * i + 4]) for i in range(n)]
        rcon = 1
        for i in range(n, 4 * (self.rounds + 1)):
            t = list(words[i - 1])
            if i % n == 0:
                t = [SBOX[b] for b in t[1:] + t[:1]]
                t[0] ^= rcon
                rcon = _xtime(rcon)
            elif n > 6 and i % n == 4:
                t = [SBOX[b] for b in t]
            words.append([a ^ b for a, b in zip(words[i - n], t)])
        self.keys = [sum(words[4 * r : 4 * r + 4], []) for r in range(self.rounds + 1)]

    def encrypt(self, block):
        s = [a ^ b for a, b in zip(block, self.keys[0])]
        for r in range(1, self.rounds + 1):
            s = [SBOX[s[4 * ((c + row) % 4) + row]] for c in range(4) for row in range(4)]
            if r < self.rounds:
                mixed = []
                for c in range(4):
                    a = s[4 * c : 4 * c + 4]
                    u = a[0] ^ a[1] ^ a[2] ^ a[3]
                    mixed += [a[i] ^ u ^ _xtime(a[i] ^ a[(i + 1) % 4]) & 0xFF for i in range(4)]
                s = mixed
            s = [a ^ b for a, b in zip(s, self.keys[r])]
        return bytes(s)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def double(block):
    v = int.from_bytes(block, "big") << 1
    if v >> 128:
        v ^= (1 << 128) | 0x87
    return v.to_bytes(16, "big")


def cmac(key, message):
    aes = Aes(key)
    k1 = double(aes.encrypt(bytes(16)))
    k2 = double(k1)
    n = max(1, -(-len(message) // 16))
    last = message[16 * (n - 1) :]
    last = xor(last, k1) if len(last) == 16 else xor(last + b"\x80" + bytes(15 - len(last)), k2)
    x = bytes(16)
    for i in range(n - 1):
        x = aes.encrypt(xor(x, message[16 * i : 16 * i + 16]))
    return aes.encrypt(xor(x, last))


def s2v(key, components):
    """RFC 5297 section 2.4; the last component is the plaintext."""
    d = cmac(key, bytes(16))
    for c in components[:-1]:
        d = xor(double(d), cmac(key, c))
    p = components[-1]
    if len(p) >= 16:
        return cmac(key, p[:-16] + xor(p[-16:], d))
    return cmac(key, xor(double(d), p + b"\x80" + bytes(15 - len(p))))


def siv_ctr(key, v, data):
    aes = Aes(key)
    q = int.from_bytes(v, "big") & ~(1 << 63 | 1 << 31)
    out = b""
    for i in range(0, len(data), 16):
        out += xor(data[i : i + 16], aes.encrypt((q % (1 << 128)).to_bytes(16, "big")))
        q += 1
    return out


def siv_seal(key, ads, plain):
    half = len(key) // 2
    v = s2v(key[:half], [*ads, plain])
    return v, siv_ctr(key[half:], v, plain)


def hkdf_extract(salt, ikm):
    return hmac.new(salt, ikm, hashlib.sha256).digest()


def hkdf_expand(prk, info, length):
    out, t, i = b"", b"", 1
    while len(out) < length:
        t = hmac.new(prk, t + info + bytes([i]), hashlib.sha256).digest()
        out += t
        i += 1
    return out[:length]
