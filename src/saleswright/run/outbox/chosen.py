"""Which definition is meant? The one that is named, or the only one there is."""

from __future__ import annotations

from saleswright.kernel.definition import Definition
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Issue, Stop, unknown


def chosen(workspace: Workspace, kind: str, which: str) -> Definition:
    """The definition of this kind in force today. Stop (usage) for a name that is not there, and for none of several."""
    found = workspace.all(kind, workspace.today)
    names = sorted({one.name for one in found})
    if which:
        named = [one for one in found if one.name == which]
        if not named:
            raise Stop(unknown(kind, which, names), exit_code=USAGE)
        return named[-1]
    if len(names) == 1:
        return found[-1]
    try_ = f"{kind}:{names[0]}, for example" if names else f"write one into definitions/, kind: {kind}"
    what = f"there are {len(names)} definitions of kind {kind}" if names else f"there is no definition of kind {kind}"
    raise Stop(Issue(kind, what, "so nobody can tell where it goes", try_), exit_code=USAGE)
