"""Routes for those who operate the site: is it alive, can it work, what does it do. None asks for a log-in."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from server.errors import NotFound, responses
from server.operations import metrics
from server.operations.readiness import NotReady, Readiness, Standing
from server.settings import Settings

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The process answers."""

    status: str


class Ready(BaseModel):
    """The server can work, and what it stands on."""

    status: str
    checks: list[Standing]


class MetricsClosed(NotFound):
    """Metrics are for the token of VIDGRAIN_METRICS_TOKEN and the addresses of VIDGRAIN_METRICS_FROM only."""


@router.get("/health")
def health() -> Health:
    """The process answers. Asks nobody else: a database that is away is no reason to start this process anew."""
    return Health(status="ok")


@router.get("/ready", responses=responses(NotReady))
def ready(request: Request) -> Ready:
    """The server can do its work: database and its revision, storage and broker answer. Kept for two seconds."""
    readiness: Readiness = request.app.state.readiness
    standing = readiness.standing()
    broken = [part for part in standing if not part.ok]
    if broken:
        told = " ".join(f"{part.name}: {part.reason}" for part in broken)
        raise NotReady(told, headers={"Retry-After": "2"}, checks=[part.model_dump() for part in standing])
    return Ready(status="ok", checks=standing)


def may_scrape(settings: Settings, address: str, authorization: str) -> bool:
    """Whether the caller shows the metrics token, or calls from a network that may scrape. Neither set: nobody."""
    token = settings.metrics_token
    scheme, _, shown = authorization.partition(" ")
    if token is not None and scheme.lower() == "bearer":
        return hmac.compare_digest(shown.strip().encode(), token.get_secret_value().encode())
    try:
        here = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(here, "ipv4_mapped", None)
    return any((mapped or here) in network for network in settings.metrics_networks)


@router.get("/metrics", include_in_schema=False)
def read_metrics(request: Request) -> Response:
    """Prometheus' text format."""
    settings: Settings = request.app.state.parts.settings
    host = request.client.host if request.client else ""
    if not may_scrape(settings, host, request.headers.get("authorization", "")):
        raise MetricsClosed
    scrape: metrics.Scrape = request.app.state.scrape
    return Response(scrape.text(), media_type=metrics.CONTENT_TYPE)
