#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes ope_table.c: the inverse of the normal distribution's upper tail, as integers, and first
approximations of 1 / sqrt.

Row 16 lz + s holds the polynomial of degree 6 (coefficients times 2^58, lowest first) that agrees with
z(p), Q(z) = p, at the seven Chebyshev nodes of x in [0, 1), where p = V / 2^65 and
V = 2^(63 - lz) (1 + (s + x) / 16). Root i holds the upper 16 bits of 2^62 / sqrt((2i + 1) / 512), for i
from 256 to 1023. Standard library only; about 20 s.

usage: ope_table.py > ope_table.c        (--check FILE compares)
"""
import hashlib
import math
import statistics
import struct
import sys
from decimal import ROUND_HALF_EVEN, Decimal, getcontext

getcontext().prec = 90
DEGREE, SUBS, EXPONENTS, SCALE = 6, 16, 64, Decimal(2) ** 58
EXPECT = "80eb183f496f1c77bbdaa59bbbdf22ee213a6569338556187acaf6ce112ff281"


def arctan_inverse(n):
    total, power, k = Decimal(0), Decimal(1) / n, 0
    while abs(power) > Decimal(10) ** -88:
        total += power / (2 * k + 1) * (-1) ** k
        power /= n * n
        k += 1
    return total


PI = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))  # Machin
ROOT_2PI = (2 * PI).sqrt()


def cos(x):
    total, term, k = Decimal(0), Decimal(1), 0
    while abs(term) > Decimal(10) ** -88:
        total += term
        k += 2
        term = -term * x * x / (k * (k - 1))
    return total


def density(z):
    return (-z * z / 2).exp() / ROOT_2PI


def upper_tail(z, phi):
    """1/2 - phi(z) (z + z^3/3 + z^5/15 + ...): every term is positive."""
    total, term, k = Decimal(0), z, 1
    while term > Decimal(10) ** -80:
        total += term
        k += 2
        term = term * z * z / k
    return Decimal(1) / 2 - phi * total


def quantile(p):
    z = Decimal(-statistics.NormalDist().inv_cdf(float(p)))
    while True:
        phi = density(z)
        step = (upper_tail(z, phi) - p) / phi
        z += step
        if abs(step) < Decimal(10) ** -28:  # quadratic: the next one would be below 10^-55
            return z


NODES = [(1 - cos(PI * (2 * i + 1) / (2 * (DEGREE + 1)))) / 2 for i in range(DEGREE + 1)]


def lagrange_basis():
    """basis[i][j]: coefficient of x^j in the polynomial that is 1 at node i and 0 at the others."""
    basis = []
    for i, at in enumerate(NODES):
        poly = [Decimal(1)]
        for j, other in enumerate(NODES):
            if j != i:
                down = [-other * c / (at - other) for c in poly] + [Decimal(0)]
                up = [Decimal(0)] + [c / (at - other) for c in poly]
                poly = [a + b for a, b in zip(down, up)]
        basis.append(poly)
    return basis


def rows():
    basis = lagrange_basis()
    for lz in range(EXPONENTS):
        for sub in range(SUBS):
            values = [
                quantile(Decimal(2) ** (63 - lz) * (1 + (sub + x) / SUBS) / Decimal(2) ** 65)
                for x in NODES
            ]
            yield [
                int(
                    (sum(v * b[j] for v, b in zip(values, basis)) * SCALE).to_integral_value(
                        ROUND_HALF_EVEN
                    )
                )
                for j in range(DEGREE + 1)
            ]


def render(table):
    lines = [
        "/* SPDX-License-Identifier: Apache-2.0 */",
        "/* Made by ope_table.py, which says what it is. SHA-256 of the rows as 8 little-endian 64-bit",
        f" * integers, the last one 0: {EXPECT} */",
        '#include "crypto/ope_sample.h"',
        "",
        "/* clang-format off */",
        "const int64_t ope_sample_table[1024][8] = {",
    ]
    lines += ["{" + ",".join(str(c) for c in row) + "}," for row in table]
    lines += ["};", "", "const uint16_t ope_sample_roots[768] = {"]
    roots = [math.isqrt((512 << 124) // (2 * i + 1)) >> 46 for i in range(256, 1024)]
    lines += [",".join(map(str, roots[i : i + 16])) + "," for i in range(0, 768, 16)]
    lines += ["};", ""]
    return "\n".join(lines)


def main():
    table = list(rows())
    blob = b"".join(struct.pack("<8q", *row, 0) for row in table)
    digest = hashlib.sha256(blob).hexdigest()
    if digest != EXPECT:
        sys.exit(f"digest {digest}, expected {EXPECT}")
    text = render(table)
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as f:
            sys.exit(0 if f.read() == text else f"{sys.argv[2]} differs")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
