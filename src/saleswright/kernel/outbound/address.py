"""May this address be connected to? Public ones, and private ones only for hosts that a person has named."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


def _v4(text: str) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(part) for part in text.split())


def _v6(text: str) -> tuple[IPv6Network, ...]:
    return tuple(IPv6Network(part) for part in text.split())


# Written down here and not asked of the standard library, whose lists differ between versions of Python.
# IANA's registers of special addresses, and where clouds tell a machine its own secrets.
_NEVER_4 = _v4("0.0.0.0/8 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4 100.100.100.200/32 168.63.129.16/32 192.0.0.192/32")
_PRIVATE_4 = _v4(
    "10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 "
    "192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24"
)
_NEVER_6 = _v6("::/128 fe80::/10 fec0::/10 ff00::/8 fd00:ec2::254/128 fd20:ce::254/128")
_PRIVATE_6 = _v6("::1/128 fc00::/7")
_GLOBAL_6 = IPv6Network("2000::/3")
_SPECIAL_6 = _v6("2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20")
_NAT64 = IPv6Network("64:ff9b::/96")


def why_not(text: str, private: bool = False) -> str:
    """Why this numeric address must not be connected to; empty when it may. `private`: those of one's own network may."""
    try:
        address = ip_address(text)
    except ValueError:
        return "not an address"
    if isinstance(address, IPv6Address):
        return _six(address, private)
    return _four(address, private)


def _four(address: IPv4Address, private: bool) -> str:
    if any(address in net for net in _NEVER_4):
        return "an address of this link, of many, or of a cloud's own"
    if not private and any(address in net for net in _PRIVATE_4):
        return "a private address"
    return ""


def _six(address: IPv6Address, private: bool) -> str:
    if address.scope_id is not None or any(address in net for net in _NEVER_6):
        return "an address of this link, of many, or of a cloud's own"
    if any(address in net for net in _PRIVATE_6):
        return "" if private else "a private address"
    if address in _NAT64:
        return _four(IPv4Address(int(address) & 0xFFFFFFFF), private=False)
    if address not in _GLOBAL_6 or any(address in net for net in _SPECIAL_6):
        # Other addresses in disguise (mapped, 6to4, Teredo ...) among them: whoever means one writes it plainly.
        return "an address of a special kind"
    return ""
