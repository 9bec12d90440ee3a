"""How does a browser change something? Pages of the desk: forms that are checked, work made aside, results that say undo."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from saleswright.faces.web import ask, describe, forms, once, refusals, views
from saleswright.faces.web.answers import JSON
from saleswright.faces.web.face import Face, encode
from saleswright.faces.web.frame import doable
from saleswright.faces.web.jobs import Job
from saleswright.faces.web.once import Answered, Under
from saleswright.faces.web.policies import SENT, may_not_write, writes
from saleswright.faces.words import label
from saleswright.kernel.action import Action
from saleswright.kernel.call import Ambient, Desk, Outcome
from saleswright.kernel.chapter import Chapter, Page, Sent
from saleswright.kernel.envelope import envelope, refusal
from saleswright.kernel.policy import Policy
from saleswright.lib.issue import CONFLICT, Stop

SOON = 0.8
"""Seconds a request waits for work before it shows how far the work is."""

REHEARSAL = "dry_run"
"""The argument of an action that says what it would do and does nothing."""

_PAIRS = re.compile(r"[,;\s]\s*(?=[\w.-]+=)")
PATIENCE = 120.0
"""Seconds to wait for other work of this server that holds what is asked for."""

Made = TypeVar("Made")
PART = "x-part"
GO = "x-go"


@dataclass(frozen=True, slots=True)
class Asked:
    """A form that was taken: who sent it, its address, the kind of work it is and the bytes that goes through."""

    policy: Policy
    title: str
    path: str
    kind: str
    sent: Sent
    size: int = 0


class Desks:
    """Adds the addresses that write, and those that work before there is a record."""

    def __init__(self, add: Any, face: Face) -> None:
        self.add = add
        self.face = face

    def everything(self) -> None:
        """Pages of the desk, actions with a button, and the work that is being made aside."""
        for chapter, page in self.face.app.pages:
            if page.alone:
                self.page(chapter, page)
            if page.post:
                self.post(page)
        for action in doable(self.face.app):
            self.action(action)
        self.work()

    def page(self, chapter: Chapter, page: Page) -> None:
        """A page that is handed a desk. One that is slow is made aside, once for all that its answer depends on."""
        template = f"{chapter.name}/{page.template}"

        async def handler(request: Request) -> Response:
            async def make(policy: Policy) -> Response:
                args = ask.page_args(request)
                job = None
                if page.slow is None:
                    values = await run_in_threadpool(page.build, self.face.desk(policy), args)
                else:
                    slow = await run_in_threadpool(page.slow, self.face.desk(policy), args)
                    key = (page.path, policy.actor, slow.key)

                    def work(job: Job) -> dict[str, Any]:
                        return page.build(self.face.desk(policy, job), args)

                    job = self.face.jobs.start(work, policy.actor, page.title, page.path, slow.size, key)
                    if not await run_in_threadpool(job.ended.wait, SOON):
                        return await self._progress(request, policy, job)
                    values = self._result(job)
                if request.headers.get(PART):
                    return Response(headers={GO: _here(request), "cache-control": "no-store"})
                if not page.template:
                    return _file(values)
                return await run_in_threadpool(
                    self.face.desk_page, request, policy, template, {"title": page.title, "page": page, **values}
                )

            return await self.face.at_desk(request, page.title, make, whole=page.policy != "own")

        policy = page.policy if page.policy in SENT else f"{page.policy}, though it is made at a desk"
        self.add(page.path, policy, handler, HTMLResponse, page.title, **describe.page(page.path, ambient=False))

    def post(self, page: Page) -> None:
        """What a form sent to a page does. It is done aside; the browser is sent on to where the page says."""
        assert page.post is not None
        done = page.post

        async def handler(request: Request) -> Response:
            async def make(policy: Policy) -> Response:
                args = {key: str(value) for key, value in request.path_params.items()}
                desk = self.face.desk(policy)

                def good(token: str) -> bool:
                    return self.face.tokens.good(policy.actor, token)

                if page.takes is not None:
                    takes = page.takes
                    sent = await forms.parts(request, good, lambda: takes(desk))
                else:
                    sent = await forms.plain(request, good)
                size = await run_in_threadpool(_size, page, desk, args)

                def work(job: Job) -> str:
                    return done(self.face.desk(policy, job), args, sent)

                asked = Asked(policy, page.title, request.url.path, page.path, sent, size)
                return await self._aside(asked, work)

            return await self.face.at_desk(request, page.title, make, whole=page.policy != "own")

        self.add(
            page.path,
            page.policy,
            handler,
            HTMLResponse,
            page.title,
            method="POST",
            **describe.form(page.path, forms.PARTS if page.takes else forms.PLAIN),
        )

    def action(self, action: Action) -> None:
        """The page of an action that changes something: what it does, how it is taken back, and the button."""
        path = f"/a/{action.slug}"

        async def show(request: Request) -> Response:
            async def make(policy: Policy) -> Response:
                args = ask.action_args(request, action)
                args.pop(REHEARSAL, None)
                values = await run_in_threadpool(self._deed, action, args, policy)
                return await run_in_threadpool(self.face.desk_page, request, policy, "deed.html", values)

            return await self.face.at_desk(request, action.name, make, whole=not action.judges)

        async def do(request: Request) -> Response:
            async def make(policy: Policy) -> Response:
                sent = await forms.plain(request, lambda token: self.face.tokens.good(policy.actor, token))
                args = _args(action, sent)
                app, workspace = self.face.app, self.face.workspace
                ambient = Ambient(actor="" if policy.actor == "me" else policy.actor)
                title = action.title or label(action.name)
                asked = Asked(policy, title, path, path, sent)
                if wanted == "json":
                    return await self._told(asked, action, args, ambient)

                def work(job: Job) -> Outcome:
                    def call() -> Outcome:
                        return app.call(workspace, action.name, args, ambient, job.tell, step=job.step)

                    return self._patiently(call, job)

                return await self._aside(asked, work)

            wanted = ask.wanted(request)
            return await self.face.at_desk(request, action.name, make, not action.judges, wanted, action.name)

        rule = "own" if action.judges else "writes"
        form = describe.form(path, forms.PLAIN, action)
        self.add(path, rule, show, HTMLResponse, action.summary, **describe.deed(action))
        self.add(path, rule, do, HTMLResponse, action.summary, method="POST", **form)

    async def _aside(self, asked: Asked, work: Callable[[Job], Any]) -> Response:
        """Where a browser goes once its form was taken. What was sent before is not done again, and leads to the same."""
        known: Answered | Under | None = None
        key = once.key_of(asked.sent, asked.policy.actor, asked.path, "html")
        if key is not None:
            known = await run_in_threadpool(self.face.once.begin, key)
            if (isinstance(known, Answered) or known.key is not key) and asked.sent.folder is not None:
                shutil.rmtree(asked.sent.folder, ignore_errors=True)
            if isinstance(known, Under) and known.key is not key and known.aside is None:
                known = await run_in_threadpool(self.face.once.wait, known)
        if isinstance(known, Answered):
            return RedirectResponse(known.answer, 303, {"cache-control": "no-store"})
        if known is not None and known.key is not key:
            return await self._after(known.aside)
        mine = known

        def keyed(job: Job) -> Any:
            results: list[Any] = []

            def done() -> Answered:
                results.append(work(job))
                there = results[0] if isinstance(results[0], str) else f"/doing/{job.id}"
                return Answered(303, there)

            answer: Answered | None = None
            try:
                answer = done() if mine is None else self.face.once.do(mine.key, done)
                return results[0] if results else answer.answer
            finally:
                self.face.wrote()
                if mine is not None:
                    self.face.once.end(mine, answer)

        job = self.face.jobs.start(keyed, asked.policy.actor, asked.title, f"POST {asked.kind}", asked.size)
        if mine is not None:
            mine.aside = job
        return await self._after(job)

    async def _told(self, asked: Asked, action: Action, args: Mapping[str, Any], ambient: Ambient) -> Response:
        """What a program is told: the envelope, at once."""
        face = self.face
        key = once.key_of(asked.sent, asked.policy.actor, asked.path, "json")
        # The door's own actions write to the journal alone and take moments, so those that come together are safe together.
        short = action.judges

        def call() -> Outcome:
            return face.app.call(face.workspace, action.name, args, ambient)

        def done() -> Answered:
            try:
                outcome = call() if short else self._patiently(call)
            except Stop as stop:
                return Answered(refusals.status(stop), encode(refusal(action.name, stop, said)).decode())
            told = envelope(outcome) if action.recorded else {**envelope(outcome), "args": {}}
            return Answered(refusals.of(outcome.report.exit_code), encode(told).decode())

        # What is not to be written down is not kept with an answer either: it may name whom it is about.
        said = args if action.recorded else {}

        def work() -> tuple[Answered | None, Under | None]:
            if key is None:
                return done(), None
            known = face.once.begin(key, look=not short)
            if isinstance(known, Answered):
                return known, None
            if known.key is not key:
                return None, known
            begun.append(known)
            given = face.once.do(key, done)
            # What was done before is mostly refused the second time, and nothing was written for it.
            before = face.once.found(key) if short and given.status >= 400 else None
            return before or given, None

        answer: Answered | None = None
        begun: list[Under] = []
        try:
            while answer is None:
                answer, other = await (face.together.do(work) if short else run_in_threadpool(work))
                if other is not None:
                    # The same is being done for another who sent it; when that comes to nothing, it is done here.
                    answer = await run_in_threadpool(face.once.wait, other)
        finally:
            face.wrote(text=not short)
            for under in begun:
                face.once.end(under, answer)
        headers = {"cache-control": "no-store"}
        return Response(answer.answer, answer.status, headers, media_type=JSON)

    def _deed(self, action: Action, args: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
        desk = self.face.desk(policy)
        shown = [param for param in action.params if param.name != REHEARSAL]
        waiting = views.missing(action, args)
        report = None
        if not waiting and any(param.name == REHEARSAL for param in action.params):
            ambient = Ambient(actor="" if policy.actor == "me" else policy.actor)
            given = {**args, REHEARSAL: True}
            report = self._patiently(
                lambda: self.face.app.call(self.face.workspace, action.name, given, ambient).report
            )
        elif not waiting:
            action.read(args, desk)
        return {
            "title": action.title or label(action.name),
            "action": action,
            "doc": action.summary,
            "fields": [views.field(param, desk, args.get(param.name, args.get(param.flag, ""))) for param in shown],
            "given": [(param.flag, args.get(param.name, args.get(param.flag, ""))) for param in shown],
            "waiting": waiting,
            "rehearsed": views.report_values(report, None) if report else None,
        }

    def work(self) -> None:
        """One piece of work: how far it is, then what came of it."""

        async def handler(request: Request) -> Response:
            async def make(policy: Policy) -> Response:
                job = self.face.jobs.find(str(request.path_params["job"]), policy.actor)
                if job is None:
                    if not writes(policy):
                        raise may_not_write(policy, "this work")
                    raise refusals.not_found(request.url.path)
                if not await run_in_threadpool(job.ended.wait, SOON if request.headers.get(PART) else 0):
                    return await self._progress(request, policy, job)
                if request.headers.get(PART):
                    there = job.result if isinstance(job.result, str) and job.error is None else _here(request)
                    return Response(headers={GO: there, "cache-control": "no-store"})
                result = self._result(job)
                if isinstance(result, str):
                    return RedirectResponse(result, 303, {"cache-control": "no-store"})
                values = views.report_values(result.report, None) | {"did": result.action.name}
                return await run_in_threadpool(self.face.desk_page, request, policy, "done.html", values)

            return await self.face.at_desk(request, "this work", make, whole=False)

        self.add("/doing/{job}", "own", handler, HTMLResponse, "How far is it?", **describe.page("/doing/{job}", False))

    async def _after(self, job: Job) -> Response:
        """Where a browser goes once its form was taken: on, when it is done already, else to where it sees how far it is."""
        done = await run_in_threadpool(job.ended.wait, SOON)
        result = self._result(job) if done else None
        there = result if isinstance(result, str) else f"/doing/{job.id}"
        return RedirectResponse(there, 303, {"cache-control": "no-store"})

    def _result(self, job: Job) -> Any:
        """What came of work that ended. Its error is worded once, and without a claim when it may have written."""
        if job.error is None:
            return job.result
        if job.refused is None:
            job.refused = self.face.told(job.error, wrote=job.kind.startswith("POST "))
        raise Stop(*job.refused.issues, exit_code=job.refused.exit_code)

    def _patiently(self, work: Callable[[], Made], job: Job | None = None) -> Made:
        """Do the work; when other work of this server is in its way, once that has ended."""
        until = time.monotonic() + PATIENCE
        while True:
            busy = self.face.jobs.under_way(job)
            try:
                return work()
            except Stop as stop:
                if stop.exit_code != CONFLICT or not busy or time.monotonic() > until:
                    raise
            if job is not None:
                job.tell("waiting for other work to finish")
            time.sleep(0.2)

    async def _progress(self, request: Request, policy: Policy, job: Job) -> Response:
        values = {"title": job.title, "job": job.progress()}
        if request.headers.get(PART):
            body = self.face.render.page("progress.html", values)
            return Response(body, media_type="text/html; charset=utf-8", headers={"cache-control": "no-store"})
        return await run_in_threadpool(self.face.desk_page, request, policy, "work.html", values)


def _size(page: Page, desk: Desk, args: Mapping[str, str]) -> int:
    """The bytes that work of a page goes through. What cannot be told here is refused, or not, by the work itself."""
    try:
        return page.slow(desk, args).size if page.slow else 0
    except Stop:
        return 0


def _args(action: Action, sent: Sent) -> dict[str, Any]:
    """Arguments as a form brought them, several pairs perhaps on one line; a rehearsal is never asked for by a form."""
    kinds = {p.flag: p.arg.kind for p in action.params}
    found: dict[str, Any] = {}
    for key, values in sent.fields.items():
        given = [value for value in values if value.strip()]
        if not given or key.replace("-", "_") == REHEARSAL:
            continue
        if kinds.get(key) == "pairs":
            given = [part.strip() for value in given for part in _PAIRS.split(value)]
        found[key] = given if kinds.get(key) in ("pairs", "words") else given[-1]
    return found


def _here(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def _file(values: Mapping[str, Any]) -> Response:
    """A page that is a file to keep."""
    stem, _, ending = str(values["name"]).rpartition(".")
    name = views.csv_name([stem or ending]).removesuffix(".csv") + (f".{ending}" if stem else "")
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(values["body"], 200, headers, media_type=str(values.get("media", "text/csv; charset=utf-8")))
