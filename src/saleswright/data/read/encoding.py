"""In which encoding is this file written? Proved by decoding every byte of it, never by a sample alone."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, pairwise
from pathlib import Path
from typing import BinaryIO, cast

from saleswright.lib.issue import Issue

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
_BOMB, _RATIO = 200 << 20, 100


class _Gzip(gzip.GzipFile):
    """A gzip file that is not read on when it turns out to be a bomb."""

    def read(self, size: int | None = -1) -> bytes:
        return self._weighed(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._weighed(super().read1(size))

    def _weighed(self, data: bytes) -> bytes:
        unpacked = self.tell()
        if unpacked > _BOMB and unpacked > _RATIO * Path(self.name).stat().st_size:
            raise OSError(f"it unpacks to more than {_BOMB >> 20} MB, over {_RATIO} times its own size")
        return data


def gzipped(path: Path) -> bool:
    """Is the file packed with gzip, whatever its name says?"""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, unpacked when they are gzip."""
    return cast(BinaryIO, _Gzip(path, "rb")) if gzipped(path) else path.open("rb")


def _byte_for_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.end]
    return "".join(_WESTERN[byte] for byte in bad), error.end


_WESTERN = [bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256)]
codecs.register_error("saleswright_cp1252", _byte_for_byte)


def errors(encoding: str) -> tuple[str, str]:
    """(codec, what it does with bytes that are no text): a mixed encoding reads its stray bytes as cp1252."""
    codec, _, other = encoding.partition("+")
    return codec, "saleswright_cp1252" if other else "replace"


def decoder(encoding: str) -> codecs.IncrementalDecoder:
    """A decoder that is fed block by block and fails on nothing."""
    codec, how = errors(encoding)
    return codecs.getincrementaldecoder(codec)(errors=how)


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
    quarters = [head[start:4096:4].count(0) / max(len(head[start:4096:4]), 1) for start in range(4)]
    if len(head) >= 16 and quarters[3] == 1 and quarters[2] > 0.9 and quarters[0] < 0.1:
        return "utf-32-le"
    if len(head) >= 16 and quarters[0] == 1 and quarters[1] > 0.9 and quarters[3] < 0.1:
        return "utf-32-be"
    even, odd = head[0:4096:2], head[1:4096:2]
    for name, full, zeros, end in (("utf-16-le", even, odd, b"\n\0"), ("utf-16-be", odd, even, b"\0\n")):
        if len(full) >= 4 and full.count(0) == 0:
            # Letters of other scripts hold no zero bytes, but the line ends and marks between them do.
            share = zeros.count(0) / len(zeros)
            if share > 0.6 or (share > 0.04 and zeros.count(0) > 8 and end in head and b"\n" not in zeros):
                return name
    return ""


def said_by_mark(encoding: str) -> str:
    """The sentence behind an encoding that `by_mark` gave."""
    return f"encoding {encoding}: {'zero bytes' if encoding.endswith('e') else 'byte order mark'}"


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


def by_content(path: Path, marked: bool = False) -> tuple[str, str, list[Issue]]:
    """(encoding, evidence, issues) of a file that is not all UTF-8, from all lines that hold bytes above 127.

    The guess is confirmed by decoding the whole file; cp1252 with its gaps filled (latin-1) reads anything at last.
    Lines of UTF-8 among lines of cp1252 are each read as what they are.
    """
    sample, lines, unicode = _telling_lines(path)
    # By chance no other encoding gives more than a few lines that are UTF-8 beyond ASCII.
    mostly = unicode >= 8 and unicode >= 4 * lines
    if mostly or ((unicode or marked) and _pairs(sample) < 0.3 and _western(sample)):
        said = f"encodings mixed: {unicode:,} lines are UTF-8, {lines:,} lines are cp1252"
        issue = Issue(
            path.name, said, "each line is read as what it is", "look at a few names with accents",
            level="warning", code="mixed_encodings",
        )  # fmt: skip
        return ("utf-8-sig" if marked else "utf-8") + "+cp1252", said, [issue]
    lines += unicode
    ranked = _rank(sample)
    for encoding in ranked:
        if decodes(path, encoding):
            said = f"encoding {encoding}: not UTF-8; {lines:,} lines hold letters outside ASCII, all decode"
            return encoding, said, []
    return "latin-1", f"encoding latin-1: {lines:,} lines hold bytes of no common encoding, read one for one", []


def _pairs(sample: bytes) -> float:
    """The share of bytes above 127 that stand beside another; letters of one byte between ASCII ones stand alone."""
    high = [byte > 127 for byte in sample]
    return sum(1 for a, b in pairwise(high) if a and b) / max(sum(high), 1)


def _rank(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    found = [match.encoding for match in from_bytes(sample, cp_isolation=list(_CANDIDATES))]
    western = _pairs(sample) < 0.3 and _western(sample)
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


def _telling_lines(path: Path) -> tuple[bytes, int, int]:
    """(a sample of the lines that are not UTF-8, how many there are, how many lines are UTF-8 beyond ASCII)."""
    sample, lines, unicode, rest = bytearray(), 0, 0, b""
    for block in chain(blocks(path), (b"\n",)):
        if block.isascii() and rest.isascii():
            rest = block[block.rfind(b"\n") + 1 :]
            continue
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            line = line.removeprefix(codecs.BOM_UTF8)
            if line.isascii():
                continue
            if _valid(line):
                unicode += 1
                continue
            lines += 1
            if len(sample) < _SAMPLE:
                sample += line[:2000] + b"\n"
    return bytes(sample), lines, unicode


def _valid(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
