"""A small web server for this machine alone: it answers its own page, and no other's requests."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any, TypeAlias

from bakeoff.errors import BakeoffError, RunError

LOOPBACK = "127.0.0.1"

USUAL_PORT = 8000

PATIENCE = 10.0
"""Seconds that a connection may be silent."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: ``GET``, say.
        target: what is asked for: ``/``.
        headers: by name, in lower case.
        body: empty where it has not been read.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What is sent back.

    Attributes:
        status: of HTTP.
        body: all of it.
        type: of the body.
        headers: others.
    """

    status: HTTPStatus
    body: bytes
    type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """What stands at an address.

    Attributes:
        answer: makes the body sent of the body received; its `BakeoffError` is the asker's mistake.
        method: ``GET`` or ``POST``.
        accepts: the type of the body received; a page elsewhere cannot send it unasked.
        limit: bytes beyond which that is not read.
        type: of the body sent.
        headers: that are sent with it.
    """

    answer: Callable[[bytes], bytes]
    method: str = "GET"
    accepts: str = ""
    limit: int = 0
    type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Routes: TypeAlias = Mapping[str, Route]
"""What stands at each path."""


def response(request: Request, routes: Routes) -> Response:
    """Returns the answer to a request whose body was read."""
    refused = refusal(request, routes)
    if refused is not None:
        return refused
    route = routes[request.target]
    try:
        body = route.answer(request.body)
    except BakeoffError as error:
        return _mistake(HTTPStatus.BAD_REQUEST, str(error))
    except Exception:
        traceback.print_exc()
        return _mistake(
            HTTPStatus.INTERNAL_SERVER_ERROR, "bakeoff failed; its terminal shows where."
        )
    return Response(HTTPStatus.OK, body, route.type, route.headers)


def refusal(request: Request, routes: Routes) -> Response | None:
    """Returns why a request is refused before its body is read; None if it is not.

    A page elsewhere that a browser shows may send requests to this machine. Its origin gives it
    away; and if its name was made to mean this machine, then so does the name.
    """
    return next(_objections(request, routes), None)


def _objections(request: Request, routes: Routes) -> Iterator[Response]:
    headers, route = request.headers, routes.get(request.target)
    host = headers.get("host", "")
    # Any port: a tunnel may have another at its other end.
    if host.partition(":")[0] not in {LOOPBACK, "localhost"}:
        yield _mistake(HTTPStatus.FORBIDDEN, f"this server is {LOOPBACK}, and no other host.")
    if headers.get("origin", f"http://{host}") != f"http://{host}":
        yield _mistake(HTTPStatus.FORBIDDEN, "only this server's own page may ask.")
    if route is None:
        yield _mistake(HTTPStatus.NOT_FOUND, "there is nothing at this address.")
        return
    methods = ("GET", "HEAD") if route.method == "GET" else (route.method,)
    if request.method not in methods:
        yield _mistake(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"this address takes {' and '.join(methods)} alone.",
            Allow=", ".join(methods),
        )
    if route.method == "GET":
        return
    if headers.get("content-type", "").partition(";")[0].strip().lower() != route.accepts:
        yield _mistake(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"this address takes {route.accepts} alone."
        )
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not length:
        yield _mistake(HTTPStatus.LENGTH_REQUIRED, "the length of the body must be given.")
    if not (length.isascii() and length.isdigit()):
        yield _mistake(HTTPStatus.BAD_REQUEST, "the length of the body is no number.")
    if len(length) > 15 or int(length) > route.limit:
        yield _mistake(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {route.limit:,} bytes are not read."
        )


def _mistake(status: HTTPStatus, sentence: str, **headers: str) -> Response:
    return Response(status, json.dumps({"error": sentence}).encode(), headers=headers)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "bakeoff", ""
    timeout = PATIENCE
    server: Server

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request, routes = Request(self.command, self.path, headers), self.server.routes
        sent = refusal(request, routes)
        if sent is not None:
            # What is left of the body is not read, and could be taken for a request.
            self.close_connection = True
        else:
            length = int(headers.get("content-length", 0)) if self.command == "POST" else 0
            body = self.rfile.read(length)
            if len(body) < length:
                self.close_connection = True
                return
            sent = response(Request(self.command, self.path, headers, body), routes)
        self.send_response(sent.status)
        for name, value in {**_HEADERS, **sent.headers}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Type", sent.type)
        self.send_header("Content-Length", str(len(sent.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing: the terminal is for what is wrong."""


class Server(ThreadingHTTPServer):
    """A server on this machine's loopback address, with a thread for each connection.

    Attributes:
        routes: what stands at each path.

    Raises:
        RunError: the port is taken, or is none.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, routes: Routes, port: int | None = None) -> None:
        self.routes = routes
        try:
            super().__init__((LOOPBACK, USUAL_PORT if port is None else port), _Handler)
        except (OSError, OverflowError) as error:
            if port is not None:
                reason = error.strerror if isinstance(error, OSError) else "it must be below 65536"
                raise RunError(
                    f"port {port} cannot be used: {reason}; give another --port, or none."
                ) from None
            super().__init__((LOOPBACK, 0), _Handler)

    @property
    def address(self) -> str:
        """The address of its page."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Shows an error of a thread, unless it is that the other side has gone."""
        import sys

        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
