#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes hom.txt: vectors of the HOM scheme, from the definition (pow() on integers), sharing no code with crypto/.

Sources: the example of ISO/IEC 18033-6 as carried by intel/pailliercryptolib (test/test_cryptography.cpp) with its
p, q, r, m and the published c1, c2 and c1 c2; the small example of python-paillier (phe/tests/paillier_test.py). Both are
checked here against the formula before anything is written. The other keys come from a seeded generator.
"""
import random

ISO_P = int("""
ff03b1a74827c746db83d2eaff00067622f545b62584321256e62b01509f10962f9c5c8fd0b7f5184a9ce8e81f439df47dda14563dd55a221799
d2aa57ed2713271678a5a0b8b40a84ad13d5b6e6599e6467c670109cf1f45ccfed8f75ea3b814548ab294626fe4d14ff764dd8b091f11a0943a2
dd2b983b0df02f4c4d00b413""".replace("\n", ""), 16)
ISO_Q = int("""
dacaabc1dc57faa9fd6a4274c4d588765a1d3311c22e57d8101431b07eb3ddcb05d77d9a742ac2322fe6a063bd1e05acb13b0fe91c70115c2b1e
ee1155e072527011a5f849de7072a1ce8e6b71db525fbcda7a89aaed46d27aca5eaeaf35a26270a4a833c5cda681ffd49baa0f610bad100cdf47
cc86e5034e2a0b2179e04ec7""".replace("\n", ""), 16)
ISO_R = [int(r.replace("\n", ""), 16) for r in ("""
57fb19590c31dc7c034b2a889cf4037ce3db799909c1eb0adb6199d8e96791daca9018891f34309daff32dced4af7d793d16734d055e28023aca
b7295956bfbfdf62bf0ccb2ed31d5d176ca8b404e93007565fb6b72c33a512b4dc4f719231d62e27e34c3733929af32247f88c20d1ee77096cc8
0d3d642464054c815b35878ba812349c8bdc3c6b645daf1a0de60965f44dcf705681032480f1eeba82243196b96903becdc0df0801d4120cbd6d
b1c4b2841a27991c44a43750c24ed0825718ad14cfb9c6b40b78ff3d25f71741f2def1c9d420d4b0fa1e0a02e7851b5ec6a81133a368b80d1500
b0f28fc653d2e6ff4366236dbf80ae3b4beae35e04579f2c""", """
6ee8ed76227672a7bcaa1e7f152c2ea39f2fa225f0713f58210c59b2270b110e38b65069aaedbeffc713c021336cc12f65227cc0357ca531c07c
706e7224c2c11c3145bc0a05b164f426ec03350820f9f416377e8720ddb577843cae929178bfe5772e2cc1e9b94e8fce814eaf136c6ed218ca7b
10ea4d5218e7ba82bd74bb9f19d3ccc7d2e140e91cfb25f76f54aa70f2ed88ef343dd5fb98617c0036b7717f7458ec847d7b52e8764a4e92c397
133a95e35e9a82d5dc264ff423398cfadfbaec4727854e68f2e9e210d6a65c39b5a9b2a0ebdc5389834883680e42b5d8582344e3e07a01fbd6c4
6328dcfa03074d0bc02927f58466c2fa74ab608177e3ec1b""")]
ISO_M = [0x414243444546474849404A4B4C4D4E4F, 0x20202020202020202020202020202020]
ISO_C_HEAD = [0x1FB7F08A42DEB47876E4CBDC3F0B172C, 0x61803645F2798C06F2C08FC254EEE612]
ISO_C_TAIL = [0x7F7C2EAE6565FF2815C2C09B1A1F5, 0x5538188C32CAAB27C7BF437DF2BB97CB90E02]
ISO_SUM_HEAD = 0x309F6E614D875E3BB0A77EEDEB8895E7
ISO_M_SUM = 0x616263646566676869606A6B6C6D6E6F

rng = random.Random("allium hom vectors 1")


def is_prime(n):
    if any(n % p == 0 for p in range(3, 2000, 2)):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(24):
        x = pow(rng.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits):
    while True:
        p = rng.getrandbits(bits) | 3 << (bits - 2) | 3
        if is_prime(p):
            return p


class Key:
    def __init__(self, name, p, q):
        self.name, self.p, self.q, self.n = name, p, q, p * q
        self.n2 = self.n ** 2
        self.half = (self.n.bit_length() + 15) // 16
        self.gamma = [rng.randrange(2, p), rng.randrange(2, q)]

    def blob(self):
        parts = [self.p, self.q, *self.gamma]
        return (b"EDBH\x01\x00" + (16 * self.half).to_bytes(2, "big")
                + b"".join(x.to_bytes(self.half, "big") for x in parts))

    def cell(self, c, epoch=1):
        return bytes([0x40 | epoch, 0]) + c.to_bytes(4 * self.half, "little")

    def rho(self, r):
        return pow(r, self.n, self.n2)

    def encrypt(self, m, rho):
        return (1 + m * self.n) % self.n2 * rho % self.n2


def signed(x, size):
    return x.to_bytes(size, "big", signed=True).hex()


def check_published():
    small_n = 293 * 433
    assert (1 + 10100 * small_n) * pow(74384, small_n, small_n ** 2) % small_n ** 2 == 935906717
    k = Key("iso", ISO_P, ISO_Q)
    c = [k.encrypt(m, k.rho(r)) for m, r in zip(ISO_M, ISO_R)]
    for i in range(2):
        head, tail = c[i], c[i]
        assert head >> (c[i].bit_length() - ISO_C_HEAD[i].bit_length()) == ISO_C_HEAD[i]
        assert tail % (1 << ISO_C_TAIL[i].bit_length()) == ISO_C_TAIL[i]
    both = c[0] * c[1] % k.n2
    assert both >> (both.bit_length() - ISO_SUM_HEAD.bit_length()) == ISO_SUM_HEAD
    assert sum(ISO_M) == ISO_M_SUM
    return k


def write_key(out, k, cases):
    print(f"key {k.name} {k.blob().hex()} {k.n.to_bytes(2 * k.half, 'little').hex()}", file=out)
    cells = []
    for m, r in cases:
        rho = k.rho(r)
        cell = k.cell(k.encrypt(m, rho))
        cells.append(cell)
        print(f"enc {k.name} {rho.to_bytes(4 * k.half, 'little').hex()} {signed(m, 384)} {cell.hex()}", file=out)
    a, b = (int.from_bytes(c[2:], "little") for c in cells[:2])
    print(f"add {k.name} {cells[0].hex()} {cells[1].hex()} {k.cell(a * b % k.n2).hex()}", file=out)
    product = 1
    for i in range(7):
        product = product * int.from_bytes(cells[i % len(cells)][2:], "little") % k.n2
        print(f"sum {k.name} {i + 1} {k.cell(product).hex()}", file=out)


def write_pack(out, widths, values):
    off, t = 0, 0
    for w, v in zip(widths, values):
        t += v << off
        off += w
    print("pack", ",".join(map(str, widths)), ",".join(signed(v, 32) for v in values), signed(t, 384), file=out)


def main():
    iso = check_published()
    with open(__file__.replace(".py", ".txt"), "w", encoding="ascii") as out:
        print("# Written by hom.py. key NAME BLOB N | enc NAME RHO M CELL | add NAME A B SUM |\n"
              "# sum NAME COUNT SUM (over the enc cells of NAME in turn) | pack WIDTHS VALUES T", file=out)
        write_key(out, iso, list(zip(ISO_M, ISO_R)))
        for name, bits in (("own2048", 1024), ("own3072", 1536)):
            k = Key(name, prime(bits), prime(bits))
            ms = [0, 1, -1, 42, -(1 << 63), (1 << 127) - 1, -(1 << (2 * bits - 3)), (1 << (2 * bits - 3)) - 1]
            write_key(out, k, [(m, rng.randrange(1, k.n)) for m in ms])
        wide = [41] + [97, 161] * 7
        for x in (0, 1, -1, (1 << 63) - 1, -(1 << 63)):
            write_pack(out, wide, [1] + [x, x * x] * 7)
        for x in (10 ** 65 - 1, 1 - 10 ** 65):
            write_pack(out, [41, 249, 65], [1, x, -5])
        for _ in range(20):
            xs = [rng.randrange(-(1 << 63), 1 << 63) for _ in range(7)]
            write_pack(out, wide, [1] + [y for x in xs for y in (x, x * x)])


main()
