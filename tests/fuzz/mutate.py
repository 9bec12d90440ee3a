"""How is a good input made into a bad one? A few random changes, from single bits to whole pieces of another input."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

# What parsers trip over: marks, quotes, ends, empty and huge things, words with a meaning, halves of letters.
TOKENS = (
    b"\0", b"\n", b"\r", b"\r\n", b'"', b'""', b'"\n"', b"'", b",", b";", b"\t", b"|", b"\\", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\xfe\xff", b"\xff", b"\x80", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f\x9a\x80", "\u2028".encode(), b"\x1a",
    b"\x0b", b"-", b"+", b"0", b"9", b"00", b"e9", b"E-9", b".", b"..", b"%", b"(", b")", b"$", "€".encode(), b"USD ", b"k",
    b"NaN", b"inf", b"#REF!", b"NULL", b"null", b"true", b"31/02/2026", b"2026-02-30", b"9999-12-31", b"T24:00:00Z",
    b"+14:00", b"999999999999999999999999999999", b"1e400", b"{", b"}", b"[", b"]", b": ", b"- ", b"&a ", b"*a", b"!!x ",
    b"<<: ", b"# ", b"?", b"@", b"sep=;\n", b"Deal ID", b"Amount", b"Stage", b"Close Date", b"Won", b"=1+1", b"<!DOCTYPE x [",
    b"&amp;", b"&#0;", b"]]>", b"PK\x03\x04", b"PAR1", b"\x1f\x8b", "İ".encode(), "ß".encode(), "\u202e".encode(), b" " * 40,
)  # fmt: skip
LONGEST = 200_000


def mutated(source: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """The input with one to six changes, never longer than `LONGEST`."""
    found = bytearray(source)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4, 6))):
        chance.choice(_CHANGES)(found, others, chance)
    return bytes(found[:LONGEST])


def _place(found: bytearray, chance: random.Random) -> int:
    return chance.randrange(len(found) + 1)


def _piece(found: bytearray, chance: random.Random) -> tuple[int, int]:
    start = _place(found, chance)
    return start, min(len(found), start + chance.choice((1, 2, 4, 16, 64, 512)))


def _bit(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    if found:
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)


def _byte(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    if found:
        found[chance.randrange(len(found))] = chance.randrange(256)


def _token(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    place = _place(found, chance)
    found[place:place] = chance.choice(TOKENS)


def _tokens(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    place = _place(found, chance)
    found[place:place] = chance.choice(TOKENS) * chance.choice((3, 30, 300))


def _over(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    token = chance.choice(TOKENS)
    place = _place(found, chance)
    found[place : place + len(token)] = token


def _without(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    start, end = _piece(found, chance)
    del found[start:end]


def _cut(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    del found[_place(found, chance) :]


def _twice(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    start, end = _piece(found, chance)
    found[end:end] = found[start:end] * chance.choice((1, 2, 20))


def _moved(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    start, end = _piece(found, chance)
    piece = found[start:end]
    del found[start:end]
    place = _place(found, chance)
    found[place:place] = piece


def _spliced(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    other = chance.choice(others)
    start = chance.randrange(len(other) + 1)
    piece = other[start : start + chance.choice((4, 40, 400, 4000))]
    place = _place(found, chance)
    found[place : place + chance.choice((0, len(piece)))] = piece


def _lines(found: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    lines = found.split(b"\n")
    chance.shuffle(lines)
    found[:] = b"\n".join(lines)


_CHANGES: tuple[Callable[[bytearray, Sequence[bytes], random.Random], None], ...] = (
    _bit, _bit, _byte, _byte, _token, _token, _token, _tokens, _over, _over, _without, _without, _cut, _twice, _moved,
    _spliced, _lines,
)  # fmt: skip
