"""Which addresses are there? Walked from the registry: chapters' pages, a page per question, any number by its ref."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from saleswright.faces import export
from saleswright.faces.cli import sheet
from saleswright.faces.web import ask, describe, views
from saleswright.faces.web.answers import CSV, JSON, Answer
from saleswright.faces.web.desk import Desks
from saleswright.faces.web.face import Asked, Face, Form, encode
from saleswright.faces.web.frame import asked as asked_of
from saleswright.faces.web.frame import doable, entries
from saleswright.faces.web.policies import Policies
from saleswright.faces.web.render import as_of_day
from saleswright.faces.words import label
from saleswright.kernel.action import Action
from saleswright.kernel.chapter import Chapter, Page
from saleswright.kernel.envelope import envelope
from saleswright.kernel.report import Report
from saleswright.lib.issue import USAGE, Issue, Stop

Handler = Callable[[Request], Awaitable[Response]]

_KINDS: tuple[tuple[str, Form, type[Response]], ...] = (
    (".json", "json", JSONResponse),
    (".csv", "csv", PlainTextResponse),
    ("", "html", HTMLResponse),
)
_FILES: tuple[tuple[str, Form, type[Response]], ...] = (
    (".md", "md", PlainTextResponse),
    (".xlsx", "xlsx", Response),
    (".pptx", "pptx", Response),
    (".pdf", "pdf", Response),
)
_SUFFIXES = {form: suffix for suffix, form, _ in _KINDS}


class Routes:
    """Adds routes to the app; none can be added without its policy."""

    def __init__(self, api: FastAPI, face: Face, policies: Policies) -> None:
        self.api = api
        self.face = face
        self.policies = policies

    def add(
        self,
        path: str,
        policy: str,
        handler: Handler,
        kind: type[Response],
        summary: str,
        method: str = "GET",
        **openapi: Any,
    ) -> None:
        """One address that is read, or that forms are sent to."""
        self.api.add_api_route(
            self.policies.declare(path, policy, method),
            handler,
            methods=[method],
            response_class=kind,
            summary=summary,
            name=f"{method.lower()} {path}",
            operation_id=describe.operation_id(path, method),
            openapi_extra=openapi or None,
        )

    def everything(self) -> None:
        """All addresses, the more special first."""
        Desks(self.add, self.face).everything()
        for chapter, page in self.face.app.pages:
            if not page.alone:
                self.page(chapter, page)
        for action in asked_of(self.face.app):
            self.action(action)
        self.index("/a")
        if not any(page.path == "/" for _, page in self.face.app.pages):
            self.index("/")
        if "explain" in self.face.app.actions:
            self.number()
        self.palette()
        self.health()

    def page(self, chapter: Chapter, page: Page) -> None:
        """A chapter's own page."""
        template = f"{chapter.name}/{page.template}"

        def make(asked: Asked) -> Answer:
            query = [*asked.request.query_params.multi_items()]
            with self.face.contexts.lease(asked.ambient) as context:
                values = dict(page.build(context, ask.page_args(asked.request)))
                pinned = views.share(asked.path, query, context.snap, context.as_of_text)
                return self.face.page(
                    asked,
                    context,
                    template,
                    {"title": page.title, **values},
                    page=page,
                    path=asked.path,
                    share=pinned,
                    today=as_of_day(context),
                    snap=context.snap,
                    as_of=context.as_of_text,
                )

        async def handler(request: Request) -> Response:
            return await self.face.answer(request, "html", make, subject=page.title)

        self.add(page.path, page.policy, handler, HTMLResponse, page.title, **describe.page(page.path))

    def action(self, action: Action) -> None:
        """The generic page of a question, its JSON, its CSV, and the files it is handed on as."""
        for suffix, form, kind in (*_FILES, *_KINDS):
            self.add(
                f"/a/{action.slug}{suffix}",
                "rows",
                self._ask(action, form),
                kind,
                action.summary,
                **describe.action(action, form),
            )

    def _ask(self, action: Action, form: Form) -> Handler:
        def make(asked: Asked) -> Answer:
            args = ask.action_args(asked.request, action)
            with self.face.contexts.lease(asked.ambient) as context:
                if asked.form == "html":
                    return self._action_page(asked, action, context, args)
                outcome = self.face.app.call(self.face.workspace, action.name, args, asked.ambient, context=context)
                currency = context.currency
            if asked.form == "json":
                return Answer(encode(envelope(outcome)), JSON)
            parts = [action.slug, *(str(value) for value in args.values() if isinstance(value, str))]
            if asked.form in export.FORMS:
                about = export.about(outcome, self.face.workspace.name, currency)
                body = export.write(outcome.report, asked.form, about)
                return Answer(body, export.MEDIA[asked.form], name=views.file_name(parts, asked.form))
            name = views.csv_name(parts)
            return Answer(_csv(outcome.report), CSV, name=name)

        async def handler(request: Request) -> Response:
            return await self.face.answer(request, form, make, subject=action.name)

        return handler

    def _action_page(self, asked: Asked, action: Action, context: Any, args: dict[str, Any]) -> Answer:
        query = asked.request.query_params.multi_items()
        waiting = views.missing(action, args)
        values: dict[str, Any] = {"report": None, "figures": [], "before": [], "notes": [], "tables": [], "drawn": []}
        if not waiting:
            outcome = self.face.app.call(self.face.workspace, action.name, args, asked.ambient, context=context)
            values = views.report_values(outcome.report, as_of_day(context))
        return self.face.page(
            asked,
            context,
            "action.html",
            {"title": action.title or label(action.name), **values},
            doc=action.summary,
            path=asked.path,
            fields=views.fields(action, context, args),
            waiting=waiting,
            share=views.share(asked.path, query, context.snap, context.as_of_text),
            csv=ask.address(f"{asked.path}.csv", query),
            json=ask.address(f"{asked.path}.json", query),
            files=[(export.CALLED[form], ask.address(f"{asked.path}{suffix}", query)) for suffix, form, _ in _FILES],
        )

    def number(self) -> None:
        """Any figure, by its reference."""
        explain = self.face.app.action("explain")

        def make(asked: Asked) -> Answer:
            ref = ask.reference(asked.request, _SUFFIXES.get(asked.form, ""))
            page, tab = ask.page_number(asked.request), asked.request.query_params.get("tab", "rows")
            if tab not in {name for name, _ in views.TABS}:
                raise Stop(
                    Issue("tab", f"there is no tab '{tab}'", "", "rows, formula, history or excluded"), exit_code=USAGE
                )
            given: dict[str, Any] = {"ref": ref, "page": page}
            known = {param.name for param in explain.params}
            with self.face.contexts.lease(asked.ambient) as context:
                outcome = self.face.app.call(
                    self.face.workspace,
                    "explain",
                    {key: value for key, value in given.items() if key in known},
                    asked.ambient,
                    context=context,
                )
                if asked.form == "json":
                    return Answer(encode(envelope(outcome)), JSON)
                if asked.form == "csv":
                    return Answer(
                        _csv(_rows_first(outcome.report)),
                        CSV,
                        name=views.csv_name([ref.partition("@")[0], "rows"]),
                    )
                values = views.number_values(ref, outcome.report, tab, page, asked.form == "part")
                part = asked.form == "part"
                return self.face.page(asked, context, "number.html" if part else "figure.html", values, drawer=part)

        for suffix, form, kind in _KINDS:
            self.add(
                f"/n/{{ref:path}}{suffix}",
                "rows",
                self._number(form, make),
                kind,
                explain.summary,
                **describe.number(form),
            )

    def _number(self, form: Form, make: Callable[[Asked], Answer]) -> Handler:
        async def handler(request: Request) -> Response:
            shown: Form = "part" if form == "html" and request.headers.get("hx-request") == "true" else form
            ref = ask.reference(request, _SUFFIXES.get(form, ""))
            return await self.face.answer(request, shown, make, ref, "explain")

        return handler

    def index(self, path: str) -> None:
        """The list of all questions."""

        def make(asked: Asked) -> Answer:
            shown = [*asked_of(self.face.app), *doable(self.face.app, asked.policy)]
            chapters = [(c, [a for a in c.actions if a in shown]) for c in self.face.app.chapters]
            with self.face.contexts.lease(asked.ambient) as context:
                return self.face.page(
                    asked,
                    context,
                    "index.html",
                    {"title": "All questions"},
                    chapters=[(c, actions) for c, actions in chapters if actions],
                )

        async def handler(request: Request) -> Response:
            return await self.face.answer(request, "html", make)

        self.add(path, "rows", handler, HTMLResponse, "Every question that can be asked", **describe.page(path))

    def palette(self) -> None:
        """What the palette finds."""

        def make(asked: Asked) -> Answer:
            with self.face.contexts.lease(asked.ambient) as context:
                found = entries(self.face.app, context, ask.carried(asked.request))
            return Answer(encode({"entries": found}), JSON)

        async def handler(request: Request) -> Response:
            return await self.face.answer(request, "json", make)

        self.add(
            "/find.json",
            "rows",
            handler,
            JSONResponse,
            "Pages, questions and metrics by name",
            **describe.page("/find.json"),
        )

    def health(self) -> None:
        """Is the server up?"""

        async def handler(request: Request) -> Response:
            return Response(b'{"status":"ok"}', media_type=JSON, headers={"cache-control": "no-store"})

        self.add("/healthz", "health", handler, JSONResponse, "Is the server up?")


def _csv(report: Report) -> bytes:
    """The one table of a report as every face exports it; with a mark, for spreadsheets guess wrong without."""
    return sheet.of_report(report)[0].encode("utf-8-sig")


def _rows_first(report: Report) -> Report:
    return replace(report, blocks=sorted(report.blocks, key=lambda block: getattr(block, "name", "") != "rows"))
