"""Who may see what? One policy object stands between every surface and the rows.

A scope is `company` (everything) or `field:value` (the rows that belong there, such as team:West). A grant in
`definitions/` of kind `access` gives an actor one scope and may hide fields. Policy is evaluated now, data as of then.
"""

from __future__ import annotations

from dataclasses import dataclass

from saleswright.lib.issue import NOT_ALLOWED, Issue, Stop

COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Policy:
    """What one actor may see: rows inside `scope`, all fields but `hidden` (names like "contact.email")."""

    actor: str
    scope: str = COMPANY
    hidden: frozenset[str] = frozenset()

    @property
    def shape(self) -> str:
        """The part of the policy that changes a query's text: which field the scope is on, never its value."""
        return self.scope.partition(":")[0]

    @property
    def member(self) -> str:
        """The value of the scope's field; empty for the whole company."""
        return self.scope.partition(":")[2]

    def narrow(self, scope: str) -> Policy:
        """This policy under a narrower scope. Stop (not allowed) when the actor does not hold it."""
        if scope in ("", self.scope):
            return self
        if self.scope != COMPANY:
            raise refused(self.actor, f"scope {scope}")
        return Policy(self.actor, scope, self.hidden)

    def require(self, scope: str) -> None:
        """Stop (not allowed) unless the actor holds this scope."""
        self.narrow(scope)

    def field_allowed(self, entity: str, field: str) -> bool:
        """May this actor see, filter and group by the field?"""
        return f"{entity}.{field}" not in self.hidden and field not in self.hidden


def refused(actor: str, what: str) -> Stop:
    """The refusal every face shows in the same words; it never says whether the thing exists."""
    return Stop(
        Issue(
            where=what,
            what=f"{actor} may not see this",
            why="the figure belongs to a wider circle than this person's access",
            try_="ask for access in definitions/access.yaml, or leave the scope out to see your own",
            code="not-allowed",
        ),
        exit_code=NOT_ALLOWED,
    )
