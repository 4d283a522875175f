"""Where a request to an address that a user chose may go, and a transport that sees to it."""

import asyncio
import ipaddress
import socket

import httpx

from services.runtime.errors import Permanent, Transient

PORTS = frozenset({80, 443, 8080, 8443})
CONNECT_S = 10.0

# Source: IANA, "IPv6 Address Space": all that is routed in the Internet. Translators (64:ff9b::/96 and the like),
# site-local and IPv4-compatible addresses lie outside; they lead wherever the network around us takes them.
_UNICAST = ipaddress.ip_network("2000::/3")
# What Python takes for global: protocol assignments, and the servers that every host of Azure finds there.
_NOT_PUBLIC = tuple(ipaddress.ip_network(network) for network in ("192.0.0.0/24", "168.63.129.16/32"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: Address) -> bool:
    """Tell whether an address is one host of the public Internet, also where another address is wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if inner := [one for one in wrapped if one is not None]:
            return all(map(is_public, inner))
        return address in _UNICAST and address.is_global
    is_special = address.is_multicast or address.is_reserved or any(address in network for network in _NOT_PUBLIC)
    return address.is_global and not is_special


class CheckedTransport(httpx.AsyncBaseTransport):
    """Resolves a name once, checks every address behind it, and sends the request to one of those."""

    def __init__(self, noun: str, *, allow_private: bool) -> None:
        """Begin the codes of errors with ``noun``; ``allow_private`` gives up every check of address and port."""
        self._noun = noun
        self._allow_private = allow_private
        # A connection is never used twice: it belongs to the name that it was made for, not to its address.
        self._transport: httpx.AsyncBaseTransport = httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises: Permanent: ``…_refused``. Transient: ``…_unreachable``, when the name does not resolve.
            httpx.TransportError: as any transport.
        """
        self._check_form(request.url)
        *others, last = await self._addresses(request.url)
        for address in others:
            try:
                return await self._send(request, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._send(request, last)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._transport.aclose()

    async def _send(self, request: httpx.Request, address: Address) -> httpx.Response:
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,  # `Host` is among them, as the URL has it
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
        )
        return await self._transport.handle_async_request(pinned)

    def _check_form(self, url: httpx.URL) -> None:
        if url.scheme not in {"http", "https"}:
            raise self._refused("it must begin with http:// or https://")
        if url.userinfo:
            raise self._refused("it must not hold a name and password")
        port = url.port or (443 if url.scheme == "https" else 80)
        if port not in PORTS and not self._allow_private:
            raise self._refused(f"its port must be one of {', '.join(map(str, sorted(PORTS)))}")

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        host = url.raw_host.decode("ascii")
        try:
            async with asyncio.timeout(CONNECT_S):
                found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            message = f"The name {host!r} does not resolve; check the URL."
            raise Transient(f"{self._noun}_unreachable", message) from error
        addresses = [ipaddress.ip_address(str(sockaddr[0])) for *_, sockaddr in found]
        if not self._allow_private and not all(map(is_public, addresses)):
            raise self._refused("it must lead to the public Internet")
        return addresses

    def _refused(self, reason: str) -> Permanent:
        return Permanent(f"{self._noun}_refused", f"The URL cannot be used: {reason}.")
