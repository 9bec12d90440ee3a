"""How is a request answered? Policy first, then what was kept, then a call in a worker thread; one voice for no."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from saleswright.faces.web import ask, refusals
from saleswright.faces.web.answers import HTML, JSON, Answer, Answers
from saleswright.faces.web.contexts import Contexts
from saleswright.faces.web.frame import Counts, frame
from saleswright.faces.web.jobs import Job, Jobs
from saleswright.faces.web.once import Once
from saleswright.faces.web.policies import may_not_write, writes
from saleswright.faces.web.render import Render
from saleswright.faces.web.together import Together
from saleswright.faces.web.tokens import Tokens, local
from saleswright.kernel.call import Ambient, App, Context, Desk
from saleswright.kernel.envelope import refusal
from saleswright.kernel.journal import Journal, open_journal
from saleswright.kernel.policy import Policy
from saleswright.kernel.reference import Reference
from saleswright.kernel.workspace import FILE, Workspace
from saleswright.lib.issue import Stop

log = logging.getLogger("saleswright.web")
LOOK = 0.5
"""Seconds between two looks at whether the workspace was edited."""

Form = Literal["html", "part", "json", "csv", "md", "xlsx", "pptx", "pdf"]
Make = Callable[["Asked"], Answer]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read: who asks, under which policy, round which moment, in which form."""

    request: Request
    policy: Policy
    ambient: Ambient
    form: Form
    path: str


class Face:
    """The parts every route shares."""

    def __init__(self, app: App, workspace: Workspace, actor_of: Callable[[Request], str]) -> None:
        self.app = app
        self.workspace = workspace
        self.actor_of = actor_of
        self.contexts = Contexts(app, workspace)
        self.answers = Answers()
        self.render = Render(app)
        self.tokens = Tokens(local(workspace.state))
        self.jobs = Jobs()
        self.once = Once(self._journal)
        self.together = Together()
        self._written = _written(workspace)
        self._look_again = 0.0
        self._counting = [(chapter, page) for chapter, page in app.pages if page.count]
        self._waiting: dict[Policy, tuple[float, dict[str, tuple[int, str]]]] = {}

    async def answer(self, request: Request, form: Form, make: Make, ref: str = "", subject: str = "") -> Response:
        """The answer `make` gives, kept while the state it was made from is known; `ref` is the figure it is about."""
        policy: Policy | None = None
        try:
            self._notice()
            actor = self.actor_of(request)
            policy = self.workspace.policy(actor)
            ambient = ask.ambient_of(Reference.parse(ref), actor) if ref else ask.ambient(request, actor)
            asked = Asked(request, policy, ambient, form, request.url.path)
            # An answer is a function of the frozen context, so it is kept under what the context is kept under. The
            # release stays in the key of pinned questions too, for a page also says what came after its own state.
            release, moment = self.contexts.release(), self.contexts.key(ambient)[2]
            if not (ambient.snap or release):
                return (await run_in_threadpool(make, asked)).response(request)
            address = request.scope["path"], request.scope["query_string"]
            # What waits for the asker stands beside every page.
            waits = tuple(sorted((await self._waits(policy)).items())) if form == "html" else ()
            kept_under = (policy, ambient, address, form, release, moment, waits)
            answer = self.answers.get(kept_under)
            if answer is None:
                answer = await run_in_threadpool(make, asked)
                self.answers.put(kept_under, answer)
            return answer.response(request)
        except Exception as error:
            return self.refuse(request, form, self.told(error), policy, subject)

    async def at_desk(
        self,
        request: Request,
        what: str,
        make: Callable[[Policy], Awaitable[Response]],
        whole: bool = True,
        form: Form = "html",
        subject: str = "",
    ) -> Response:
        """The answer of a page that writes, or works without a record, never kept. whole: for who sees everything only."""
        policy: Policy | None = None
        try:
            self._notice()
            policy = self.workspace.policy(self.actor_of(request))
            if whole and not writes(policy):
                raise may_not_write(policy, what)
            return await make(policy)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            return self.refuse(request, form, self.told(error), policy, subject)

    def desk(self, policy: Policy, job: Job | None = None) -> Desk:
        """What a page or an action that writes is handed; `job` is told how far it is."""
        if job is None:
            return Desk(self.workspace, policy, self.app)
        return Desk(self.workspace, policy, self.app, job.tell, job.step)

    def _journal(self) -> Journal:
        opened = open_journal(self.workspace)
        assert opened is not None
        return opened

    def wrote(self, text: bool = True) -> None:
        """Something was written: look at the workspace again with the next request, however soon.

        text: false where only the journal was, so that the workspace's own text is as it was.
        """
        if text:
            self._look_again = 0.0
        self._waiting.clear()

    def waits(self, policy: Policy) -> Counts:
        """How many of what wait for who asks, by page; asked again after a moment."""
        at, known = self._waiting.get(policy, (0.0, {}))
        if time.monotonic() < at:
            return known
        found: dict[str, tuple[int, str]] = {}
        for _, page in self._counting:
            if page.policy != "writes" or writes(policy):
                try:
                    found[page.path] = page.count(self.desk(policy)) if page.count else (0, "")
                except Stop:
                    continue  # a page is not to fall because another one cannot be counted
        self._waiting[policy] = (time.monotonic() + LOOK, found)
        return found

    async def _waits(self, policy: Policy) -> Counts:
        at, known = self._waiting.get(policy, (0.0, {}))
        return known if not self._counting or time.monotonic() < at else await run_in_threadpool(self.waits, policy)

    @contextmanager
    def standing(self, policy: Policy) -> Iterator[Context | None]:
        """The record as it stands, None before there is one."""
        if self.app.before.get("release") and not self.contexts.release():
            yield None
            return
        with self.contexts.lease(Ambient(actor="" if policy.actor == "me" else policy.actor)) as context:
            yield context

    def told(self, error: BaseException, wrote: bool = False) -> Stop:
        """What a person is told: a refusal as it is, of our own errors only a reference."""
        if isinstance(error, Stop):
            return error
        reference = f"e{secrets.token_hex(4)}"
        log.error("request failed, reference %s", reference, exc_info=error)
        return refusals.broken(reference, wrote)

    def _notice(self) -> None:
        """Open the workspace again when its text has changed: access and definitions hold from the next request on."""
        if time.monotonic() < self._look_again:
            return
        self._look_again = time.monotonic() + LOOK
        written = _written(self.workspace)
        if written == self._written:
            return
        opened = self.app.open_workspace(self.workspace.root)
        before, self.workspace = self.contexts, opened
        self.contexts, self.answers, self._written = Contexts(self.app, opened), Answers(), written
        before.close()

    def refuse(
        self, request: Request, form: Form, stop: Stop, policy: Policy | None = None, subject: str = ""
    ) -> Response:
        """A refusal in the form that was asked for."""
        code = refusals.status(stop)
        if form not in ("html", "part"):
            return Answer(encode(refusal(subject, stop)), JSON, code).response(request)
        lacking = any(issue.code == "no-data" for issue in stop.issues)
        policy = policy or self._asks(request)
        able = lacking and policy is not None and writes(policy)
        taking = [page for _, page in self.app.pages if page.takes and page.nav] if able else []
        values = {
            "title": "Nothing is here yet" if lacking else refusals.title(code),
            "issues": stop.issues,
            "taking": taking,
            "face": frame(
                self.app, self.workspace, ask.carried(request), request.url.path, policy, None, self._known(policy)
            ),
        }
        template = "refusal_part.html" if form == "part" else "refusal.html"
        return Answer(self.render.page(template, values), HTML, code).response(request)

    def _known(self, policy: Policy | None) -> Counts:
        """The counts that are known already: a refusal asks for nothing."""
        return self._waiting.get(policy, (0.0, {}))[1] if policy is not None else {}

    def _asks(self, request: Request) -> Policy | None:
        """Who asks, for the frame round a refusal; None for who has no access at all."""
        try:
            return self.workspace.policy(self.actor_of(request))
        except Stop:
            return None

    def page(self, asked: Asked, context: Context, template: str, values: Mapping[str, Any], **more: Any) -> Answer:
        """A rendered page with the frame round it."""
        carried = [] if asked.path.startswith("/n/") else ask.carried(asked.request)
        around = frame(self.app, self.workspace, carried, asked.path, context.policy, context, self.waits(asked.policy))
        return Answer(self.render.page(template, {"title": "", **values, **more, "face": around}))

    def desk_page(
        self, request: Request, policy: Policy, template: str, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        """A page of the desk: with the asker's token for its forms, and not kept by anyone."""
        with self.standing(policy) as context:
            around = frame(self.app, self.workspace, [], request.url.path, policy, context, self.waits(policy))
            around["token"] = self.tokens.of(policy.actor)
            around["fresh"] = lambda: secrets.token_urlsafe(16)
            body = self.render.page(template, {"title": "", "path": request.url.path, **values, "face": around})
        return Response(body, status, {"cache-control": "no-store"}, media_type=HTML)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def encode(data: Mapping[str, Any]) -> bytes:
    """JSON as bytes, made once."""
    return _encode(data).encode()


def _written(workspace: Workspace) -> tuple[tuple[str, int], ...]:
    """Every file of the workspace's text and when it was written."""
    files = [workspace.root / FILE, *sorted((workspace.root / "definitions").rglob("*.yaml"))]
    return tuple((path.name, path.stat().st_mtime_ns) for path in files if path.is_file())
