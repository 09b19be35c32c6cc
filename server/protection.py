"""What every answer and every request goes through: security headers, the cross-site check, a request id."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import MEDIA_TYPE, Forbidden, TooLarge
from server.logs import begin_request
from server.operations import metrics
from server.settings import Settings

log = structlog.get_logger()

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# The web app's own code only. wasm-unsafe-eval: mask decoding; blob: worker scripts and pictures made in the page.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


class CrossSite(Forbidden):
    """This request came from another website."""


class Protection:
    """Pure ASGI, so that streams pass untouched."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._public = urlsplit(settings.public_url).netloc if settings.public_url else ""
        self._hsts = settings.cookie_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = begin_request(headers.get("x-request-id", ""))
        begun = time.perf_counter()
        status = 0
        answered: float | None = None
        replaced = False

        async def guarded_send(message: Message) -> None:
            nonlocal status, replaced, answered
            if replaced and message["type"] == "http.response.body":
                return  # the plain text that the problem has replaced
            if (
                message["type"] == "http.response.start"
                and message["status"] == 413
                and Headers(raw=message["headers"]).get("content-type") != MEDIA_TYPE
            ):
                # The limit on bodies answers by itself, in plain text.
                refusal = JSONResponse(TooLarge().problem(), status_code=413, media_type=MEDIA_TYPE)
                await refusal(scope, receive, guarded_send)
                replaced = True
                return
            if message["type"] == "http.response.start":
                status = message["status"]
                answered = time.perf_counter() - begun
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
                if self._hsts:
                    answer.setdefault("strict-transport-security", "max-age=31536000")
                answer["x-request-id"] = request_id
                if scope["path"].startswith("/api/"):
                    answer.setdefault("cache-control", "no-store")
            await send(message)

        try:
            if scope["method"] not in SAFE_METHODS and self._is_cross_site(headers):
                problem = CrossSite().problem()
                refusal = JSONResponse(problem, status_code=problem["status"], media_type=MEDIA_TYPE)
                await refusal(scope, receive, guarded_send)
            else:
                await self.app(scope, receive, guarded_send)
        except Exception:
            status = status or 500  # the crash is answered, and logged, outside of here
            raise
        finally:
            self._tell(scope, status, time.perf_counter() - begun, answered)

    @staticmethod
    def _tell(scope: Scope, status: int, took: float, answered: float | None) -> None:
        # The template, not the path: a path may carry a one-time link, and an id says little that the rows do not.
        route = metrics.template(scope)
        metrics.count_request(scope["method"], route, status, took if answered is None else answered)
        log.info("request", method=scope["method"], route=route, status=status, ms=round(took * 1000, 1))

    def _is_cross_site(self, headers: Headers) -> bool:
        # Browsers always say one of the two on a request that changes something; scripts say neither.
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:
            return False
        return urlsplit(origin).netloc not in (headers.get("host", ""), self._public or headers.get("host", ""))


def install(app: FastAPI, settings: Settings) -> None:
    """Put the protection around the app."""
    app.add_middleware(Protection, settings=settings)
