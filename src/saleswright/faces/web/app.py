"""What does `serve` serve? The composed product over HTTP, for browsers and programs."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from saleswright.faces.export import FORMS
from saleswright.faces.web import describe, refusals, shapes
from saleswright.faces.web.background import running
from saleswright.faces.web.face import Face, Form
from saleswright.faces.web.guard import LOOPBACK, Guard
from saleswright.faces.web.policies import Policies
from saleswright.faces.web.render import STATIC
from saleswright.faces.web.routes import Routes
from saleswright.kernel.call import App
from saleswright.kernel.envelope import outline
from saleswright.kernel.workspace import Workspace

_FILES = (".json", ".csv", *(f".{form}" for form in FORMS))
FOR_EVER = "public, max-age=31536000, immutable"


def create_app(
    app: App,
    workspace: Workspace,
    actor_of: Callable[[Request], str] = lambda request: "",
    hosts: Iterable[str] = LOOPBACK,
) -> FastAPI:
    """The web app of one workspace. Raises Stop when a route declares no policy.

    Everything is asked by GET, which changes nothing. Forms are taken only where a route says so, from this site's own
    pages with their token, and from who sees the whole company. `actor_of` says who asks; `hosts` are the names the
    server answers to.
    """
    face = Face(app, workspace, actor_of)
    policies = Policies()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # The chart grammar takes a second to import; nobody should wait for it on a first page.
        threading.Thread(target=shapes.warm, name="chart shapes", daemon=True).start()
        if sweep := app.before.get("serve"):
            sweep(workspace)
        with running(app, workspace):
            yield
        face.jobs.close()
        face.together.close()
        face.contexts.close()

    api = FastAPI(
        title="Saleswright",
        description="Every question of the workspace as a page, as JSON and as CSV.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        middleware=[Middleware(Guard, hosts=tuple(hosts), writable=policies.writable)],
    )
    routes = Routes(api, face, policies)
    _static(api, routes, face)
    _openapi(api, routes)
    routes.everything()
    _refusals(api, face)
    policies.require(api.routes)
    api.state.policies = policies
    api.state.face = face
    return api


def _static(api: FastAPI, routes: Routes, face: Face) -> None:
    known = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
    types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

    async def handler(request: Request) -> Response:
        path = known.get(request.path_params["name"])
        if path is None or request.path_params["hash"] != face.render.hash or path.suffix not in types:
            raise HTTPException(404)
        return FileResponse(path, media_type=types[path.suffix], headers={"cache-control": FOR_EVER})

    routes.add(
        "/static/{hash}/{name:path}", "public-static", handler, Response, "A file of the product", **describe.static()
    )


def _openapi(api: FastAPI, routes: Routes) -> None:
    made: list[Response] = []

    async def handler(request: Request) -> Response:
        if not made:
            text = get_openapi(
                title=api.title,
                version="1",
                summary="Questions and forms",
                description=api.description,
                routes=api.routes,
            )
            text.setdefault("components", {}).setdefault("schemas", {})["Envelope"] = outline()
            text["paths"] = {describe.plain(path): item for path, item in text["paths"].items()}
            made.append(JSONResponse(text))
        return made[0]

    routes.add("/openapi.json", "schema", handler, JSONResponse, "This description")


def _refusals(api: FastAPI, face: Face) -> None:
    async def handler(request: Request, error: Exception) -> Response:
        form: Form = "json" if request.url.path.endswith(_FILES) else "html"
        return face.refuse(request, form, refusals.not_found(request.url.path))

    api.add_exception_handler(404, handler)
