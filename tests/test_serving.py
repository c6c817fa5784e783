"""The server of a page: what it refuses, before it reads a body, and that no asker holds it up."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus

import pytest

from bakeoff.api import serving
from bakeoff.api.serving import Request, Response, Route, Server, refusal, response
from bakeoff.errors import DataError, RunError


def echoed(body: bytes) -> bytes:
    if body == b"wrong":
        raise DataError("it is wrong.")
    return body[::-1]


def broken(body: bytes) -> bytes:
    return bytes(1 // len(body))


ROUTES = {
    "/": Route(lambda _: b"page", type="text/html", headers={"X-Own": "1"}),
    "/echo": Route(echoed, "POST", "application/json", limit=10),
    "/broken": Route(broken, "POST", "application/json", limit=10),
}
HOST = {"host": "127.0.0.1:8000"}
POSTED = HOST | {"content-type": "application/json", "content-length": "3"}


def asked(target: str = "/echo", method: str = "POST", **headers: str | None) -> Response | None:
    given = POSTED | {name.replace("_", "-"): value for name, value in headers.items()}
    known = {name: value for name, value in given.items() if value is not None}
    return refusal(Request(method, target, known), ROUTES)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost:8000", "localhost", "127.0.0.1", "localhost:9"]
)
def test_its_own_page_is_answered_by_any_of_its_names(host: str) -> None:
    assert asked(host=host, origin=f"http://{host}") is None
    assert asked(host=host) is None


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:8000", "127.0.0.1.evil.example:8000", "0.0.0.0:8000"]
)
def test_a_name_made_to_mean_this_machine_is_refused(host: str) -> None:
    for target, method in (("/", "GET"), ("/echo", "POST")):
        refused = asked(target, method, host=host, origin=f"http://{host}")
        assert refused is not None
        assert refused.status == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1:3000", "https://127.0.0.1:8000", ""],
)
def test_a_page_of_another_origin_is_refused(origin: str) -> None:
    refused = asked(origin=origin)
    assert refused is not None
    assert refused.status == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"target": "/../etc/passwd"}, HTTPStatus.NOT_FOUND),
        ({"target": "/echo?x"}, HTTPStatus.NOT_FOUND),
        ({"method": "GET"}, HTTPStatus.METHOD_NOT_ALLOWED),
        ({"method": "OPTIONS"}, HTTPStatus.METHOD_NOT_ALLOWED),
        ({"target": "/"}, HTTPStatus.METHOD_NOT_ALLOWED),
        ({"content_type": "text/plain"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ({"content_type": None}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ({"content_length": None}, HTTPStatus.LENGTH_REQUIRED),
        ({"transfer_encoding": "chunked"}, HTTPStatus.LENGTH_REQUIRED),
        ({"content_length": "-1"}, HTTPStatus.BAD_REQUEST),
        ({"content_length": "1e3"}, HTTPStatus.BAD_REQUEST),
        ({"content_length": "\N{SUPERSCRIPT TWO}"}, HTTPStatus.BAD_REQUEST),
        ({"content_length": "11"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ({"content_length": "9" * 5000}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    ],
)
def test_what_is_refused_before_a_body_is_read(changes: dict[str, str], status: HTTPStatus) -> None:
    refused = asked(**changes)
    assert refused is not None
    assert refused.status == status
    assert set(json.loads(refused.body)) == {"error"}


def test_a_body_is_answered_and_a_mistake_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def sent(target: str, body: bytes) -> Response:
        return response(Request("POST", target, POSTED, body), ROUTES)

    assert sent("/echo", b"abc").body == b"cba"
    wrong = sent("/echo", b"wrong")
    assert (wrong.status, json.loads(wrong.body)) == (400, {"error": "it is wrong."})
    assert sent("/broken", b"").status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(ROUTES, 0) as opened:
        thread = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


def connected(server: Server) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10))


def test_it_answers_on_the_loopback_address_alone(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"
    with connected(server) as connection:
        connection.request("GET", "/")
        page = connection.getresponse()
        assert (page.status, page.read()) == (200, b"page")
        assert page.headers["X-Own"] == "1"
        assert page.headers["X-Frame-Options"] == "DENY"
        # The same connection goes on.
        connection.request("POST", "/echo", b"abc", {"Content-Type": "application/json"})
        assert connection.getresponse().read() == b"cba"
        connection.request("HEAD", "/")
        head = connection.getresponse()
        assert (head.headers["Content-Length"], head.read()) == ("4", b"")


def test_a_body_too_large_is_not_read_and_ends_the_connection(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as asker:
        asker.sendall(
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999999\r\n\r\n"
        )
        with asker.makefile("rb") as answer:
            assert b" 413 " in answer.readline()
            assert b"Connection: close" in answer.read()


def test_a_silent_asker_holds_up_no_other_and_is_let_go(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving._Handler, "timeout", 0.2)
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as silent:
        silent.sendall(
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 9\r\n\r\nabc"
        )
        with connected(server) as connection:
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"page"
        assert silent.recv(100) == b""


def test_a_port_that_is_taken(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunError, match=f"port {server.server_port} cannot be used"):
        Server(ROUTES, server.server_port)
    monkeypatch.setattr(serving, "USUAL_PORT", server.server_port)
    with Server(ROUTES) as other:
        assert other.server_port != server.server_port
