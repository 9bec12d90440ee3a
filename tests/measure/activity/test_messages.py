"""Is a log of sent mail known for what it is, and is what cannot be used said and not guessed?"""

from __future__ import annotations

from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.kernel.call import Ambient

HEADS = {
    "sequences.csv": "Message ID,Recipient Email,Sender,Sequence,Sent At,Delivered At,First Opened,First Clicked,"
    "Replied At,Reply Type,Bounced At,Bounce Type",
    "Outreach emails.csv": "id,contact id,mailbox,sent_at,delivered_at,opened_at,clicked_at,replied_at,reply_kind,"
    "bounced_at,bounce_type",
    "Newsletter.csv": "Email ID,Empfänger,Gesendet am,Zugestellt am,Geöffnet am,Beantwortet am",
}
AT = "2026-05-04 09:00:05"


def entity_of(place: Path, name: str, head: str, cell: str = AT) -> tuple[str, str]:
    """(the entity it was taken for, all that was said) of one file of three rows."""
    columns = head.split(",")
    rows = [
        [f"{c[:3]}{n}" if "id" in c.lower() else "a@x.com" if "mail" in c.lower() else cell for c in columns]
        for n in (1, 2, 3)
    ]
    (place / name).write_text("\n".join([head, *(",".join(row) for row in rows)]), encoding="utf-8")
    app = build()
    app.call(None, "init", {"folder": str(place / "w")})
    report = app.call(app.open_workspace(place / "w"), "import", {"path": str(place / name)}).report
    mapped = sorted((place / "w" / "definitions" / "mappings").glob("*.yaml"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in mapped)
    found = [line.split()[1] for line in text.splitlines() if line.startswith("entity:")]
    return (found[0] if found else ""), text + "\n".join(str(issue) for issue in report.issues)


@pytest.mark.parametrize("name", HEADS)
def test_a_log_of_mail_is_known_by_its_columns(tmp_path: Path, name: str) -> None:
    entity, text = entity_of(tmp_path, name, HEADS[name])
    assert entity == "message", text
    assert ": sent" in text and ": delivered" in text and ": replied" in text


def test_a_column_that_says_yes_or_no_is_kept_and_not_taken_for_a_time(tmp_path: Path) -> None:
    head = "Message ID,Recipient Email,Sent At,Delivered At,Opened"
    columns = head.split(",")
    rows = [["m1", "a@x.com", AT, AT, "yes"], ["m2", "b@x.com", AT, AT, "no"]]
    (tmp_path / "messages.csv").write_text(
        "\n".join([",".join(columns), *(",".join(r) for r in rows)]), encoding="utf-8"
    )
    app = build()
    app.call(None, "init", {"folder": str(tmp_path / "w"), "from": str(tmp_path / "messages.csv")})
    at = app.open_workspace(tmp_path / "w")
    asked = {"metric": "email_open_rate"}
    figure = app.call(at, "measure", asked, Ambient(as_of="2026-06-30")).report.figures()[0]
    assert figure.value is None and "message.opened is told by no export" in figure.reason


def test_tasks_stay_activities_and_campaign_members_touches(tmp_path: Path) -> None:
    heads = {
        "Task.csv": ("Id,Subject,Status,ActivityDate,TaskSubtype,CallDisposition", "activity"),
        "emails.csv": ("Id,Type,Email Subject,Activity Date,Assigned To,Status", "activity"),
        "CampaignMember.csv": ("Id,CampaignId,LeadId,Status,FirstRespondedDate", "touch"),
    }
    for number, (name, (head, entity)) in enumerate(heads.items()):
        place = tmp_path / str(number)
        place.mkdir()
        assert entity_of(place, name, head)[0] == entity, name


def test_a_created_time_is_also_when_the_lead_arrived_and_a_created_day_is_not(tmp_path: Path) -> None:
    head = "Lead ID,Name,Email,Company,Lead Status,Created Date"
    for number, (created, told) in enumerate((("2026-05-04T09:00:05Z", True), ("2026-05-04", False))):
        place = tmp_path / str(number)
        place.mkdir()
        (place / "leads.csv").write_text(f"{head}\nL1,A B,a@x.com,X,New,{created}\nL2,C D,c@x.com,Y,New,{created}\n")
        build().call(None, "init", {"folder": str(place / "w"), "from": str(place / "leads.csv")})
        mapping = (place / "w" / "definitions" / "mappings" / "leads.yaml").read_text(encoding="utf-8")
        assert ("received" in mapping) is told
