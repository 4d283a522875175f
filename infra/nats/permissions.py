"""What each service may say and hear on NATS: derived from the contracts it speaks, its durables and its access.

``python -m infra.nats.permissions`` prints the ``authorization`` of a server's configuration, with the passwords as
environment variables of the server. The operator may do everything: apply the topology, run the command line.

A service that follows a stream may make consumers of its own there, but neither change nor delete a durable, nor pull
from one of others. What it cannot be kept from: the server itself delivers to whatever subject such a consumer names.
"""

import argparse
import json
from typing import Any

from contracts.base import Message
from contracts.bucket import Notification
from contracts.v1 import Alert, DeadLetter, Work
from infra.access import ACCESS, LOG, Access
from infra.nats.stream import Stream
from infra.nats.topology import TOPOLOGY
from infra.roles import ROLES, Contract

OPERATOR = "headrace"
EVERYBODY = "any_service"

_STREAMS = {stream.name: stream for stream in TOPOLOGY}
_VERBS = ("PING", "INFO", "STATS")


def permissions(service: str) -> dict[str, Any]:
    """Return the permissions of a service's user, as a server's configuration has them."""
    access = ACCESS[service]
    never = [subject for stream in access.follows for subject in _never(service, _STREAMS[stream])]
    return {
        "publish": {"allow": _may_publish(service, access), "deny": never},
        "subscribe": {"allow": [f"_INBOX_{service}.>", *_asked(service), *access.hears]},
        # Whoever asks says where the answer goes. One process may be two services, and the server counts generously.
        "allow_responses": {"max": 16, "expires": "2m"},
    }


def authorization(passwords: dict[str, str]) -> dict[str, Any]:
    """Return the ``authorization`` of a server's configuration: the operator, and every service of the table."""
    services = [
        {"user": service, "password": passwords[service], "permissions": permissions(service)} for service in ACCESS
    ]
    return {"users": [{"user": OPERATOR, "password": passwords[OPERATOR]}, *services]}


def _may_publish(service: str, access: Access) -> list[str]:
    sent = (*ROLES[service].sends, *ROLES[EVERYBODY].sends)
    said = [subject for contract in sent for subject in _subjects(contract, service, access)]
    # Raising an alert begins with a look at the last one.
    looks = [subject for stream in (LOG, *access.follows, *access.looks_at) for subject in _looking(stream)]
    pulls = [
        subject
        for stream in TOPOLOGY
        for durable in stream.durables
        if durable.service == service
        for subject in _pulling(f"{stream.name}.{durable.name}")
    ]
    follows = [subject for stream in access.follows for subject in _following(stream)]
    return [*dict.fromkeys([*said, *looks, *pulls, *follows, *access.says])]


def _subjects(contract: Contract, service: str, access: Access) -> list[str]:
    """Return the subjects on which a service says a contract."""
    if contract is Notification:
        return [access.announces_on] if access.announces_on else []
    if contract is DeadLetter:
        return [f"dead.v1.*.{service}"]
    if contract is Alert:
        return ["alert.v1.>"]
    assert issubclass(contract, Message)
    if issubclass(contract, Work):
        noun = contract.kind().partition(".")[0]
        return [f"{contract.root if access.hands_out else contract.queue_root}.{noun}.>"]
    return [contract.subject_filter()]


def _looking(stream: str) -> list[str]:
    return [f"$JS.API.STREAM.INFO.{stream}", f"$JS.API.STREAM.MSG.GET.{stream}", f"$JS.API.CONSUMER.INFO.{stream}.*"]


def _pulling(durable: str) -> list[str]:
    return [f"$JS.API.CONSUMER.INFO.{durable}", f"$JS.API.CONSUMER.MSG.NEXT.{durable}", f"$JS.ACK.{durable}.>"]


def _following(stream: str) -> list[str]:
    made = [f"$JS.API.CONSUMER.CREATE.{stream}", f"$JS.API.CONSUMER.CREATE.{stream}.>"]
    return [*made, *(f"$JS.API.CONSUMER.{verb}.{stream}.*" for verb in ("MSG.NEXT", "DELETE")), f"$JS.FC.{stream}.>"]


def _never(service: str, stream: Stream) -> list[str]:
    """Return what goes beyond a service's own consumers: changing durables, and pulling from those of others."""
    names = [durable.name for durable in stream.durables]
    changed = [f"$JS.API.CONSUMER.{verb}.{stream.name}.{name}" for name in names for verb in ("CREATE", "DELETE")]
    filtered = [f"$JS.API.CONSUMER.CREATE.{stream.name}.{name}.>" for name in names]
    others = [durable.name for durable in stream.durables if durable.service != service]
    return [*changed, *filtered, *(f"$JS.API.CONSUMER.MSG.NEXT.{stream.name}.{name}" for name in others)]


def _asked(service: str) -> list[str]:
    """Return where ``nats micro`` looks for a service."""
    return [f"$SRV.{verb}{name}" for verb in _VERBS for name in ("", f".{service}", f".{service}.*")]


def _printed(passwords: dict[str, str]) -> str:
    text = json.dumps(authorization(passwords), indent=2)
    for variable in passwords.values():
        text = text.replace(json.dumps(variable), variable)
    return f"authorization: {text}"


def main() -> None:
    """Print the authorization for a server of one's own; its environment names the passwords."""
    argparse.ArgumentParser(prog="python -m infra.nats.permissions", description=main.__doc__).parse_args()
    print(_printed({user: f"$HEADRACE_NATS_PASSWORD_{user.upper()}" for user in (OPERATOR, *ACCESS)}))


if __name__ == "__main__":
    main()
