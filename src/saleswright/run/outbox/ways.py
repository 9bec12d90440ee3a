"""Which ways out are there? By the names that requests and policies call them; each is made when it is first used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from saleswright.kernel.effects.adapter import Adapter


class Ways(Mapping[str, Adapter]):
    """The ways out by name. What sends mail or opens connections is imported only when it is needed."""

    def __iter__(self) -> Iterator[str]:
        return iter(("csv", "webhook", "mail"))

    def __len__(self) -> int:
        return 3

    def __getitem__(self, name: str) -> Adapter:
        return _made()[name]


@cache
def _made() -> dict[str, Adapter]:
    from saleswright.run.outbox.changes import Changes
    from saleswright.run.outbox.mail import Mails
    from saleswright.run.outbox.webhook import Webhooks

    ways: tuple[Adapter, ...] = (Changes(), Webhooks(), Mails())
    return {way.name: way for way in ways}
