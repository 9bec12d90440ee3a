"""Salesforce ids: three characters of object prefix, twelve of number, three that check the letter case."""

from collections.abc import Iterator
from itertools import count
from string import ascii_lowercase, ascii_uppercase, digits

ORG = "Sw00000"  # the part of an id that is the same for every record of one organisation
BASE62 = digits + ascii_uppercase + ascii_lowercase
CHECK = ascii_uppercase + "012345"


def case_check(chars: str) -> str:
    """The check character of five: one bit for each upper-case letter, the first the lowest."""
    return CHECK[sum(1 << place for place, char in enumerate(chars) if "A" <= char <= "Z")]


def with_check(short: str) -> str:
    """The 18-character form of a 15-character id."""
    return short + case_check(short[:5]) + case_check(short[5:10]) + case_check(short[10:])


def _upper(char: str) -> int:
    return int("A" <= char <= "Z")


PAIRS = [(a + b, _upper(a) << 3 | _upper(b) << 4) for a in BASE62 for b in BASE62]


def keys(prefix: str, first: int = 100) -> Iterator[str]:
    """Endless ids of one object, in order."""
    head = prefix + ORG
    head_check = case_check(head[:5]) + case_check(head[5:])
    skip = first % len(PAIRS)
    for high in count(first // len(PAIRS)):
        three = BASE62[high // 3844 % 62] + BASE62[high // 62 % 62] + BASE62[high % 62]
        bits = _upper(three[0]) | _upper(three[1]) << 1 | _upper(three[2]) << 2
        for two, two_bits in PAIRS[skip:]:
            yield head + three + two + head_check + CHECK[bits | two_bits]
        skip = 0
