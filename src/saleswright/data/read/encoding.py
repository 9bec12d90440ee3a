"""In which encoding is this file written? Proved by decoding every byte of it, never by a sample alone."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, cast

BLOCK = 1 << 22
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The families found in office files; the others only make a short text look like something it is not.
_CANDIDATES = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "iso8859_5", "koi8_r",
    "iso8859_15", "mac_roman", "cp850", "cp437", "shift_jis", "cp932", "euc_jp", "gb18030", "big5", "cp949",
)  # fmt: skip
_SAMPLE = 1 << 16


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, unpacked when its name ends in .gz."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    """The file in blocks of bytes."""
    with closing(open_bytes(path)) as file:
        while block := file.read(size):
            yield block


def by_mark(head: bytes) -> str:
    """The encoding a byte order mark, or the pattern of zero bytes in plain text, names; empty when none does."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[0:4096:2], head[1:4096:2]
    if len(even) >= 4 and even.count(0) == 0 and odd.count(0) > len(odd) * 0.6:
        return "utf-16-le"
    if len(odd) >= 4 and odd.count(0) == 0 and even.count(0) > len(even) * 0.6:
        return "utf-16-be"
    return ""


def decodes(path: Path, encoding: str) -> bool:
    """Is every byte of the file valid in this encoding?"""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in blocks(path):
            decoder.decode(block)
        decoder.decode(b"", True)
    except (UnicodeDecodeError, UnicodeError):
        return False
    return True


def by_content(path: Path) -> tuple[str, str]:
    """(encoding, evidence) of a file that is not Unicode, from all lines that hold bytes above 127.

    The guess is confirmed by decoding the whole file; cp1252 with its gaps filled (latin-1) reads anything at last.
    """
    sample, lines = _telling_lines(path)
    ranked = _rank(sample)
    for encoding in ranked:
        if decodes(path, encoding):
            return encoding, f"encoding {encoding}: not UTF-8; {lines:,} lines hold letters outside ASCII, all decode"
    return "latin-1", f"encoding latin-1: {lines:,} lines hold bytes of no common encoding, read one for one"


def _rank(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    high = [byte > 127 for byte in sample]
    pairs = sum(1 for a, b in pairwise(high) if a and b)
    found = [match.encoding for match in from_bytes(sample, cp_isolation=list(_CANDIDATES))]
    western = pairs < sum(high) * 0.3 and _western(sample)
    # Alone between ASCII letters, accents are Western until shown otherwise; charset-normalizer ranks such short runs
    # by chance, so it decides among the other families.
    others = [encoding for encoding in found if encoding not in ("cp1252", "latin_1", "iso8859_15")]
    order = ["cp1252", *found] if western else [*others, "cp1252"]
    return list(dict.fromkeys(order))


def _western(sample: bytes) -> bool:
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    foreign = sum(1 for char in text if ord(char) > 127 and not (char.isalpha() or char in "’‘“”„–—…€£§°«»·®©™¡¿´\xa0"))
    inside = sum(
        1
        for before, char, after in zip(text, text[1:], text[2:], strict=False)
        if char in "¿¡³¹²£¥§¶" and before.isalpha() and after.isalpha()
    )
    rare = sum(1 for char in text if char in "ðþøùìèòÐÞŸ")
    letters = sum(1 for char in text if ord(char) > 127 and char.isalpha())
    # Where cp1252 keeps a few seldom letters, the encodings of old Macs and DOS keep their common ones.
    seldom = sum(1 for char in text if char in "ŠŒŽšœžŸƒ")
    return foreign == 0 and inside == 0 and rare <= letters * 0.6 and seldom <= letters * 0.6


def _telling_lines(path: Path) -> tuple[bytes, int]:
    sample, lines, rest = bytearray(), 0, b""
    for block in blocks(path):
        if block.isascii() and rest.isascii():
            rest = block[block.rfind(b"\n") + 1 :]
            continue
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            if not line.isascii():
                lines += 1
                if len(sample) < _SAMPLE:
                    sample += line[:2000] + b"\n"
    if not rest.isascii():
        lines += 1
        sample += rest[:2000]
    return bytes(sample), lines
