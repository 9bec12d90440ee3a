"""Could a slip of the hand turn one amount into the other? Two digits swapped, one lost, doubled or struck wrong, a sign."""

from __future__ import annotations


def slip(ours: int, theirs: int, digits: int) -> str:
    """What the slip would be, in words; empty when none is that simple. Both in minor units of `digits` decimals."""
    if not ours or not theirs or ours == theirs:
        return ""
    if theirs == -ours:
        return "the sign is turned"
    sign = " and the sign is turned" if (ours < 0) != (theirs < 0) else ""
    a, b = abs(ours), abs(theirs)
    for power in (10, 100, 1000):
        if b == a * power or a == b * power or (b == a // power and a >= power * 10):
            return f"{'×' if b > a else '÷'} {power}: a decimal point or a zero{sign}"
    for one, other in _texts(a, b, digits):
        said = _edit(one, other)
        if said:
            return said + sign
    return ""


def _texts(a: int, b: int, digits: int) -> list[tuple[str, str]]:
    """Both amounts as they are written: whole units where both are whole, and with their decimals."""
    unit = 10**digits
    if a % unit == 0 and b % unit == 0:
        return [(str(a // unit), str(b // unit))]
    return [(str(a), str(b))]


def _edit(one: str, other: str) -> str:
    if len(one) == len(other):
        apart = [i for i, (x, y) in enumerate(zip(one, other, strict=True)) if x != y]
        if len(apart) == 2 and one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]:
            return "two digits swapped"
        return "one digit struck wrong" if len(apart) == 1 else ""
    if len(one) == len(other) + 1 and len(other) > 1:
        return "one digit lost" if _without_one(one, other) else ""
    if len(other) == len(one) + 1 and len(one) > 1:
        return (
            ("one digit struck twice" if _doubled(other, one) else "one digit too many")
            if _without_one(other, one)
            else ""
        )
    return ""


def _without_one(long: str, short: str) -> bool:
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _doubled(long: str, short: str) -> bool:
    return any(long[i] == long[i - 1] and long[:i] + long[i + 1 :] == short for i in range(1, len(long)))
