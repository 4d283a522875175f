"""Requests to URLs that users name: what they may reach, and what they may cost."""

import ipaddress
import socket
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from services.runtime.egress import Egress
from services.runtime.egress_address import CheckedTransport, is_public
from services.runtime.errors import HeadraceError, Permanent, Transient

PUBLIC = "93.184.216.34"

Answers = Callable[[httpx.Request], httpx.Response]


class Internet:
    """Names with the addresses they resolve to, and one server that answers for all of them."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {"clips.example": [PUBLIC]}
        self.looked_up: list[str] = []
        self.requests: list[httpx.Request] = []
        self.answer: Answers = lambda _: httpx.Response(200, stream=httpx.ByteStream(b"clip"))

    def getaddrinfo(self, host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        self.looked_up.append(host)
        found = self.names.get(host)
        if found is None:
            try:
                found = [str(ipaddress.ip_address(host))]
            except ValueError:
                raise socket.gaierror(socket.EAI_NONAME, "no such name") from None
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in found]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    internet = Internet()
    monkeypatch.setattr(socket, "getaddrinfo", internet.getaddrinfo)
    return internet


@pytest.fixture
async def egress(internet: Internet) -> AsyncIterator[Egress]:
    transport = CheckedTransport("input", allow_private=False)
    transport._transport = httpx.MockTransport(internet)
    async with httpx.AsyncClient(transport=transport) as client:
        yield Egress("input", client)


async def read(egress: Egress, url: str) -> bytes:
    async with egress.get(url) as response:
        return b"".join([chunk async for chunk in response.aiter_raw()])


async def refusal(egress: Egress, url: str) -> HeadraceError:
    with pytest.raises(HeadraceError) as raised:
        await read(egress, url)
    return raised.value


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:0:7f00:1::",
        "64:ff9b:1::7f00:1", "64:ff9b::101:101", "fec0::1", "::7f00:1", "::1.1.1.1", "192.0.0.8", "192.0.0.192",
        "168.63.129.16", "240.0.0.1", "239.255.255.250", "ff0e::1", "2001:db8::1", "::ffff:168.63.129.16",
        "2002:a83f:8110::", "2001:0:101:101:0:ffff:57c0:7eef",
    ],
)  # fmt: skip
def test_addresses_of_our_own_network_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "2002:101:101::1"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


async def test_a_request_goes_to_the_address_that_was_checked_under_its_own_name(
    egress: Egress, internet: Internet
) -> None:
    assert await read(egress, "https://clips.example/a%20b?x=1") == b"clip"
    (request,) = internet.requests
    assert str(request.url) == f"https://{PUBLIC}/a%20b?x=1"
    assert request.headers["host"] == "clips.example"
    assert request.extensions["sni_hostname"] == "clips.example"
    # A second look-up could answer otherwise.
    assert internet.looked_up == ["clips.example"]


async def test_every_address_of_a_name_must_be_public(egress: Egress, internet: Internet) -> None:
    internet.names["both.example"] = [PUBLIC, "10.0.0.1"]
    error = await refusal(egress, "http://both.example/")
    assert (type(error), error.code) == (Permanent, "input_refused")
    assert internet.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:10.0.0.1]/",
        "ftp://clips.example/", "file:///etc/passwd", "clips.example/clip.mp4", "http://", "http://clips.example:22/",
        "http://me:secret@clips.example/", "http://clips.example:99999/",
    ],
)  # fmt: skip
async def test_what_is_no_public_web_address_is_refused(egress: Egress, internet: Internet, url: str) -> None:
    error = await refusal(egress, url)
    assert (type(error), error.code) == (Permanent, "input_refused")
    assert internet.requests == []


async def test_redirects_are_followed_and_checked(egress: Egress, internet: Internet) -> None:
    internet.names["inside.example"] = ["192.168.0.1"]
    ways = {"/a": "/b", "/b": "http://clips.example:8080/c", "/evil": "http://inside.example/"}
    internet.answer = lambda request: (
        httpx.Response(302, headers={"Location": ways[request.url.path]})
        if request.url.path in ways
        else httpx.Response(200, stream=httpx.ByteStream(b"clip"))
    )
    assert await read(egress, "https://clips.example/a") == b"clip"
    error = await refusal(egress, "https://clips.example/evil")
    assert (type(error), error.code) == (Permanent, "input_refused")
    assert [request.url.path for request in internet.requests] == ["/a", "/b", "/c", "/evil"]


async def test_a_circle_of_redirects_ends(egress: Egress, internet: Internet) -> None:
    internet.answer = lambda _: httpx.Response(302, headers={"Location": "/again"})
    error = await refusal(egress, "https://clips.example/")
    assert (type(error), error.code) == (Permanent, "input_refused")
    assert len(internet.requests) == 6


@pytest.mark.parametrize(
    ("status", "kind"), [(404, Permanent), (403, Permanent), (206, Permanent), (429, Transient), (503, Transient)]
)
async def test_an_answer_without_the_file_is_final_or_may_pass(
    egress: Egress, internet: Internet, status: int, kind: type[HeadraceError]
) -> None:
    internet.answer = lambda _: httpx.Response(status)
    error = await refusal(egress, "https://clips.example/")
    assert (type(error), error.code) == (kind, "input_unreachable")


async def test_a_name_that_does_not_resolve_may_resolve_later(egress: Egress) -> None:
    error = await refusal(egress, "https://nowhere.example/")
    assert (type(error), error.code) == (Transient, "input_unreachable")


async def test_the_next_address_is_tried_when_one_does_not_answer(egress: Egress, internet: Internet) -> None:
    internet.names["clips.example"] = ["1.1.1.1", PUBLIC]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "1.1.1.1":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, stream=httpx.ByteStream(b"clip"))

    internet.answer = answer
    assert await read(egress, "https://clips.example/") == b"clip"


async def test_a_post_tells_what_was_answered_and_follows_nothing(egress: Egress, internet: Internet) -> None:
    internet.answer = lambda _: httpx.Response(302, headers={"Location": "/b"}, stream=httpx.ByteStream(b"x" * 20_000))
    reply = await egress.post("https://clips.example/", b"event", {"webhook-id": "1"}, within_s=5)
    assert (reply.status, reply.body) == (302, b"x" * 16_384)
    (request,) = internet.requests
    assert (request.content, request.headers["webhook-id"]) == (b"event", "1")


async def test_what_one_receiver_sets_the_next_does_not_hear(egress: Egress, internet: Internet) -> None:
    internet.answer = lambda _: httpx.Response(204, headers={"Set-Cookie": "seen=one"}, stream=httpx.ByteStream(b""))
    for _ in range(2):
        await egress.post("https://clips.example/", b"event", {}, within_s=5)
    assert ["cookie" in request.headers for request in internet.requests] == [False, False]


async def test_private_addresses_can_be_allowed() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        async with Egress.connect("input", allow_private=False) as strict:
            error = await refusal(strict, url)
        assert error.code == "input_refused"
    async with Egress.connect("input", allow_private=True) as lenient:
        error = await refusal(lenient, url)
    assert (type(error), error.code) == (Transient, "input_unreachable")
