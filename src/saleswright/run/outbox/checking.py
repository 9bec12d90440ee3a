"""Is every definition in order by which something goes out? Hosts, receivers, mail servers."""

from __future__ import annotations

from typing import Any

from saleswright.kernel.outbound.rules import KIND, Blocked, read_rules
from saleswright.lib.issue import Issue
from saleswright.run.outbox import mailing, posting


def check(at: Any) -> list[Issue]:
    """Every issue of theirs, with its line, what it means and what to write instead."""
    workspace, today = at.workspace, at.workspace.today
    rules, issues = read_rules(workspace.all(KIND, today))
    for one in workspace.all(posting.KIND, today):
        issues += posting.issues_of(one)
        for key in ("url", "ask"):
            url = one.body.get(key)
            if isinstance(url, str) and url:
                try:
                    rules.read(url.replace("{key}", "0" * 64))
                except Blocked as error:
                    why, try_ = "so nothing is sent there", f"name the host in a definition of kind {KIND}"
                    issues.append(Issue(one.where(key), f"{key}: {error}", why, try_))
    for one in workspace.all(mailing.KIND, today):
        issues += mailing.issues_of(one)
        host = one.body.get("host")
        if isinstance(host, str) and host:
            try:
                rules.granted(rules.named(host))
            except Blocked as error:
                why, try_ = "so no mail is sent", f"name the host in a definition of kind {KIND}"
                issues.append(Issue(one.where("host"), str(error), why, try_))
    return issues
