"""Why was it lost? A note of what we learned about a lost deal, suggested like every other change."""

from __future__ import annotations

from typing import Annotated, Any

from saleswright.history.authored import checked, types
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.change import JOURNAL, ChangeRequest, Line
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.run.approvals import record as records
from saleswright.run.approvals.current import NOW, values

KIND = "loss_note"


@action(
    effect="propose",
    name="note loss",
    example={"deal": "006", "reason": "price", "dry_run": True},
    title="Note why a deal was lost",
    verb="Suggest",
    back="While nobody has decided it, withdraw it; afterwards: undo request.",
)
def note_loss(
    at: Snapshot,
    deal: Annotated[str, Arg("text", "the record id as the CRM has it, or the name where only one is called so")],
    reason: Annotated[str, Arg("text", "the one main reason it was lost")],
    competitor: Annotated[str, Arg("text", "who won it instead")] = "",
    note: Annotated[str, Arg("text", "what was said about it, in a few words")] = "",
    dry_run: Annotated[bool, Arg("flag", "say what would be suggested, write nothing")] = False,
) -> ChangeRequest:
    """Note why a deal was lost, beside what the CRM says. It enters the figures once somebody agreed."""
    found, issues = records.find(at, "deal", deal)
    fields: dict[str, Any] = {"noted": at.day, "reason": reason, "competitor": competitor or None, "note": note or None}
    amount: Any = None
    if found is not None:
        held = values(at, "deal", {"amount": {found.id}})
        amount = held.get((found.id, "amount"))
        standing = _standing(at, found.id)
        if standing not in ("lost", "disqualified"):
            what = f"{found.name} is {standing or 'not decided'}"
            issues.append(Issue("deal", what, "so there is no loss to note", "a lost deal"))
        fields["deal"] = found.id
    if issues or found is None:
        raise Stop(*issues, exit_code=USAGE)
    fields = {name: value for name, value in fields.items() if value is not None}
    checked(types(at.workspace)[KIND], fields)
    because = " ".join(reason.split())
    line = Line(
        KIND, f"deal:{found.id}", "", None, fields, because, found.name,
        amount=amount if isinstance(amount, Money) else None,
    )  # fmt: skip
    return ChangeRequest(f"Why {found.name} was lost", because, (line,), JOURNAL)


def _standing(at: Snapshot, id_: str) -> str:
    sql = f"SELECT standing FROM deal WHERE {NOW} AND id = $id"
    found = at.reader.rows(sql, {"id": id_, "as_of": at.t, "known": at.k})
    return str(found[0][0]) if found else ""
