"""Show the workspace in a browser, on this machine alone."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import App, Desk
from saleswright.kernel.report import Note, Report
from saleswright.lib.issue import CONFLICT, NOT_ALLOWED, Issue, Stop

PORT = 8420
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@action(effect="apply", title="Serve")
def serve(
    desk: Desk,
    port: Annotated[int, Arg("int", "the port on this machine; 0 takes a free one")] = PORT,
    host: Annotated[str, Arg("text", "the address to listen on; only this machine's own are allowed")] = "127.0.0.1",
    actor: Annotated[str, Arg("text", "show what this person may see, as named in an access definition")] = "",
    no_browser: Annotated[bool, Arg("flag", "do not open a browser")] = False,
) -> Report:
    """Serve the workspace to a browser on this machine, until Ctrl-C.

    There is no sign-in yet, so nothing but a loopback address is served.
    """
    after, address = serving(desk.app, desk.here.root, host, port, actor or desk.policy.actor, no_browser)
    return Report(
        "Serving",
        [Note(f"{desk.here.name} is at {address}. Ctrl-C stops it.")],
        next=(address,),
        after=after,
        data={"address": address},
    )


def serving(app: App, root: Path, host: str, port: int, actor: str, no_browser: bool) -> tuple[Callable[[], None], str]:
    """(what runs the server until it is stopped, its address). The port is taken at once, so that it can be said."""
    listener, address = listening(host, port)
    who = "" if actor == "me" else actor

    def run() -> None:
        import uvicorn

        from saleswright.faces.web.app import create_app

        site = create_app(app, app.open_workspace(root), lambda request: who)
        config = uvicorn.Config(site, log_level="warning", access_log=False, server_header=False, date_header=False)
        if not no_browser:
            import webbrowser

            webbrowser.open(address)
        uvicorn.Server(config).run(sockets=[listener])

    return run, address


def listening(host: str, port: int) -> tuple[socket.socket, str]:
    """(a socket that listens, its address). Stop for any address but this machine's own, and for a port that is taken."""
    if host not in LOOPBACK:
        raise Stop(
            Issue(
                f"host {host}",
                "only this machine's own addresses are served",
                "there is no sign-in yet, so others would see everything",
                "--host 127.0.0.1, and a tunnel for whoever should look",
            ),
            exit_code=NOT_ALLOWED,
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that small answers leave at once: with protocol 0 the event loop keeps the delay on.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Stop(
            Issue(
                f"port {port}",
                f"cannot be taken: {error.strerror}",
                "another program listens there",
                "--port 0 takes a free one",
            ),
            exit_code=CONFLICT,
        ) from None
    listener.listen(128)
    shown = f"[{host}]" if ":" in host else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}/"
