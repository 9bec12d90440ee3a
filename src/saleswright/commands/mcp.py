"""Hand the workspace to a model's client as tools."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Annotated, Any

from saleswright.commands.serve import LOOPBACK, listening
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Desk
from saleswright.kernel.report import Note, Report
from saleswright.lib.issue import FAILURE, USAGE, Issue, Stop

PORT = 8421


@action(effect="apply", title="Tools for a model")
def mcp(
    desk: Desk,
    http: Annotated[bool, Arg("flag", "serve over HTTP on this machine instead of standard input and output")] = False,
    port: Annotated[int, Arg("int", "the port with --http; 0 takes a free one")] = PORT,
    host: Annotated[str, Arg("text", "the address with --http; only this machine's own are allowed")] = "127.0.0.1",
    actor: Annotated[str, Arg("text", "act as this person, as named in an access definition")] = "",
) -> Report:
    """Serve every question, and every change that may be suggested, as tools of the Model Context Protocol.

    On standard input and output for a client that starts it, or with --http for clients of this machine. It acts as one
    person under that person's access. What writes at once is no tool, unless a definition of kind `tools` grants it.
    """
    _installed()
    from saleswright.faces.mcp import offered
    from saleswright.faces.mcp.calls import Calls
    from saleswright.faces.mcp.server import PATH, over_http, over_stdio
    from saleswright.faces.web import tokens

    workspace = desk.here
    who = actor or ("" if desk.policy.actor == "me" else desk.policy.actor)
    workspace.policy(who)
    calls = Calls(desk.app, workspace.root, who)
    issues = tuple(offered.issues(desk.app, workspace))
    if not http:
        if host not in LOOPBACK or port != PORT:
            raise Stop(Issue("mcp", "--port and --host mean nothing without --http", "", "add --http"), exit_code=USAGE)
        said = f"{workspace.name} listens on standard input. A client that ends closes it."
        return Report("Tools", [Note(said)], issues=issues, changed=0, after=lambda: over_stdio(calls))
    token = tokens.local(workspace.state)
    if not token:
        raise Stop(
            Issue(
                str(workspace.state / tokens.FILE),
                "it cannot be kept to this account alone",
                "every account of this machine could act through the port",
                "delete it, or move the workspace to a disk with permissions",
                code="no-token",
            ),
            exit_code=FAILURE,
        )
    listener, address = listening(host, port)
    there = f"{address.rstrip('/')}{PATH}"
    return Report(
        "Tools",
        [Note(f"{workspace.name} is at {there}. Clients send what stands in .saleswright/token. Ctrl-C stops it.")],
        next=(there,),
        issues=issues,
        changed=0,
        after=lambda: over_http(calls, listener, token),
        data={"address": there},
    )


def check(context: Any) -> Iterator[Issue]:
    """Everything that is wrong with how grants of tools are written."""
    from saleswright.faces.mcp import offered

    for grant in context.workspace.all(offered.KIND):
        yield from offered.shape(grant)


def schema() -> dict[str, Any]:
    """The JSON Schema of a grant of tools."""
    from saleswright.faces.mcp import offered

    return offered.schema()


def _installed() -> None:
    if find_spec("mcp") is None or find_spec("mcp_types") is None:
        what = "the package mcp is not installed" if find_spec("mcp") is None else "the package mcp is older than 2"
        raise Stop(
            Issue(
                "saleswright mcp", what, "it speaks the protocol", "pip install 'saleswright[mcp]'", code="no-package"
            ),
            exit_code=FAILURE,
        )
