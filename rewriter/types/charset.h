/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Character sets as far as the proxy decodes them itself: utf8mb4, utf8mb3, ascii, latin1 (cp1252 as
 * MySQL has it), ucs2, utf16, utf16le, utf32, binary; of the other 8-bit ones only their ASCII half.
 * Everything else is CHARSET_OTHER: nothing is decided here about it.
 *
 * Pure functions over byte slices; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

enum charset {
    CHARSET_BINARY,
    CHARSET_ASCII,
    CHARSET_LATIN1,
    CHARSET_UTF8MB3,
    CHARSET_UTF8MB4,
    CHARSET_UCS2,
    CHARSET_UTF16,
    CHARSET_UTF16LE,
    CHARSET_UTF32,
    CHARSET_OTHER_8BIT, /* one byte per character, ASCII below 0x80, upper half not known here */
    CHARSET_OTHER,      /* multi-byte, not decoded here */
};

enum charset charset_from_name(struct slice name, unsigned maxlen); /* "utf8" is utf8mb3 */

/* First character of s: its code point and length. False: ill-formed (or not decodable). */
bool charset_decode(enum charset cs, struct slice s, uint32_t *cp, unsigned *len);
/* False when the character set has no such character. */
bool charset_encode(enum charset cs, uint32_t cp, struct buf *out);

bool charset_is_ascii(struct slice s); /* all bytes below 0x80 */
/* ASCII bytes mean the same in this character set (not ucs2, utf16, utf32). */
bool charset_is_ascii_superset(enum charset cs);

/* Well-formed and so many characters; false when ill-formed or not decodable. */
bool charset_count(enum charset cs, struct slice s, size_t *n_chars);

/* Exact conversion, appended. False (out unchanged) when s is ill-formed, a character is missing in
 * `to`, or the pair is not known here. */
bool charset_convert(enum charset from, enum charset to, struct slice s, struct buf *out);

/* As MySQL converts a result to character_set_results: a character missing in `to` becomes '?'.
 * False (out unchanged) when s is ill-formed or the pair is not known here. */
bool charset_convert_results(enum charset from, enum charset to, struct slice s, struct buf *out);
