"""create_app(settings): the only place where the web server's parts are put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from server import errors, live, protection, received, slices, webapp
from server.accounts.limit import LoginLimit
from server.jobs import routes as background
from server.operations import health
from server.operations.leaving import begun_by_signals
from server.operations.metrics import Scrape
from server.operations.readiness import Readiness, checks
from server.parts import Parts, make_parts
from server.settings import Settings, program_version


def _operation_id(route: APIRoute) -> str:
    # The web client's functions are named after ours.
    return route.name


def install_parts(app: FastAPI, parts: Parts) -> None:
    """Let the routes of `app` work with these parts."""
    app.state.parts = parts
    app.state.login_limit = LoginLimit(parts.settings)
    app.state.readiness = Readiness(checks(parts.settings, parts.storage))
    app.state.scrape = Scrape(parts.database, program_version())


def create_app(settings: Settings | None = None, *, parts: Parts | None = None) -> FastAPI:
    """The web server. Give `settings`, or `parts` that are made already (tests)."""
    if parts is None:
        parts = make_parts(settings or Settings())
    made = parts

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        made.doorbell.start()
        try:
            with begun_by_signals(made.leaving):
                yield
        finally:
            made.close()

    app = FastAPI(
        title="Vidgrain",
        version=program_version(),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=_operation_id,
    )
    install_parts(app, made)
    errors.install(app)
    # On the router, not on the app: a refusal inside the routes is answered as problem+json, with the headers.
    api = APIRouter(
        prefix="/api", max_body_size=made.settings.max_body_bytes, dependencies=[Depends(received.storable)]
    )
    api.include_router(health.router)
    api.include_router(background.router)
    api.include_router(live.router)
    for module in slices.load("routes"):
        router: APIRouter = module.router
        api.include_router(router)
    app.include_router(api)
    webapp.install(app, made.settings.web_folder)
    protection.install(app, made.settings)
    return app
