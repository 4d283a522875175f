"""What each service may say and hear on NATS: derived from the contracts it speaks, its durables and its access.

``python -m infra.nats.permissions`` prints the ``authorization`` of a server's configuration, with the passwords as
environment variables of the server. The operator may do everything: apply the topology, run the command line.

A service that follows the log may make consumers of its own there, but neither pull from, change nor delete a durable
of others. What it cannot be kept from: the server itself delivers to whatever subject such a consumer names.
"""

import argparse
import json
from typing import Any

from contracts.base import Message
from contracts.bucket import Notification
from contracts.v1 import Alert, DeadLetter
from infra.access import ACCESS, Access
from infra.asyncapi import ROLES, Contract
from infra.nats.topology import TOPOLOGY

OPERATOR = "headrace"
LOG = "MEDIA"
EVERYBODY = "any_service"

_STREAM_OF = {durable.name: stream.name for stream in TOPOLOGY for durable in stream.durables}
_DURABLES_OF_LOG = [name for name, stream in _STREAM_OF.items() if stream == LOG]
_VERBS = ("PING", "INFO", "STATS")


def permissions(service: str) -> dict[str, Any]:
    """Return the permissions of a service's user, as a server's configuration has them."""
    access = ACCESS[service]
    return {
        "publish": {"allow": _may_publish(service, access), "deny": _never(access)},
        "subscribe": {"allow": [f"_INBOX_{service}.>", *_asked(service), *access.hears]},
        # Whoever pings, or asks for what a service offers, says where the answer goes.
        "allow_responses": True,
    }


def authorization(passwords: dict[str, str]) -> dict[str, Any]:
    """Return the ``authorization`` of a server's configuration: the operator, and every service of the table."""
    services = [
        {"user": service, "password": passwords[service], "permissions": permissions(service)} for service in ACCESS
    ]
    return {"users": [{"user": OPERATOR, "password": passwords[OPERATOR]}, *services]}


def _may_publish(service: str, access: Access) -> list[str]:
    sends = ROLES[service].sends if service in ROLES else ()
    said = [_subject(contract, service, access) for contract in (*sends, *ROLES[EVERYBODY].sends)]
    # Raising an alert begins with a look at the last one.
    asked = [f"$JS.API.STREAM.{verb}.{stream}" for verb in ("INFO", "MSG.GET") for stream in (LOG, *access.looks_at)]
    asked += [f"$JS.API.CONSUMER.INFO.{stream}.*" for stream in access.looks_at]
    pulled = [subject for durable in access.durables for subject in _pulling(durable)]
    pings = ["$SRV.PING"] if access.pings else []
    return [
        *dict.fromkeys([*said, *asked, *pulled, *(_following() if access.follows_log else []), *pings, *access.says])
    ]


def _subject(contract: Contract, service: str, access: Access) -> str:
    """Return the subjects on which a service says a contract."""
    if contract is Notification:
        assert access.announces_on is not None
        return access.announces_on
    if contract is DeadLetter:
        return f"dead.v1.*.{service}"
    if contract is Alert:
        return "alert.v1.>"
    assert issubclass(contract, Message)
    return contract.subject_filter()


def _pulling(durable: str) -> list[str]:
    place = f"{_STREAM_OF[durable]}.{durable}"
    return [f"$JS.API.CONSUMER.INFO.{place}", f"$JS.API.CONSUMER.MSG.NEXT.{place}", f"$JS.ACK.{place}.>"]


def _following() -> list[str]:
    made = [f"$JS.API.CONSUMER.CREATE.{LOG}", f"$JS.API.CONSUMER.CREATE.{LOG}.>"]
    used = [f"$JS.API.CONSUMER.{verb}.{LOG}.*" for verb in ("INFO", "MSG.NEXT", "DELETE")]
    return [*made, *used, f"$JS.FC.{LOG}.>"]


def _never(access: Access) -> list[str]:
    """Return what goes beyond a service's own consumers: changing durables, and pulling from those of others."""
    if not access.follows_log:
        return []
    changed = [f"$JS.API.CONSUMER.{verb}.{LOG}.{name}" for name in _DURABLES_OF_LOG for verb in ("CREATE", "DELETE")]
    filtered = [f"$JS.API.CONSUMER.CREATE.{LOG}.{name}.>" for name in _DURABLES_OF_LOG]
    others = [f"$JS.API.CONSUMER.MSG.NEXT.{LOG}.{name}" for name in _DURABLES_OF_LOG if name not in access.durables]
    return [*changed, *filtered, *others]


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
