"""The table of who may do what: every service stands in it, with the durables that its program binds."""

import json
from importlib import import_module
from typing import get_type_hints

import pytest

from infra.access import ACCESS
from infra.local.supervisor import SERVICES
from infra.nats import permissions
from infra.nats.topology import TOPOLOGY
from infra.roles import ROLES
from infra.store_policies import policy

MODULES = {service.name: service.module for service in SERVICES}
READER_OF = {durable.name: durable.service for stream in TOPOLOGY for durable in stream.durables}
EVERYBODY = {"any_service"}


def test_every_service_has_its_access_and_its_role() -> None:
    assert set(ACCESS) == set(MODULES) == set(ROLES) - EVERYBODY


def test_every_durable_is_read_by_a_service() -> None:
    assert set(READER_OF.values()) <= set(ACCESS)


@pytest.mark.parametrize("service", MODULES)
def test_a_program_binds_no_durable_but_its_own(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_FILER_GRPC", "127.0.0.1:1")
    monkeypatch.setattr("services.runtime.service.configure_logs", lambda *_: None)
    build = import_module(MODULES[service]).build
    built = build(get_type_hints(build)["settings"]())
    bound = {subscriber.extra_options["durable"] for subscriber in built.broker.subscribers}
    assert built.name == service
    assert {READER_OF[name] for name in bound} <= {service}


def test_who_says_that_objects_were_written_has_a_subject_for_it() -> None:
    says = {name for name, role in ROLES.items() if any(sent.__name__ == "Notification" for sent in role.sends)}
    assert says == {name for name, access in ACCESS.items() if access.announces_on}


def test_no_service_may_publish_what_is_anothers() -> None:
    allowed = permissions.permissions("probe")["publish"]["allow"]
    assert [subject for subject in allowed if not subject.startswith("$")] == [
        "queue.v1.probe.>", "media.v1.asset.probed.*.>", "media.v1.asset.failed.*.>", "dead.v1.*.probe", "alert.v1.>",
    ]  # fmt: skip


@pytest.mark.parametrize("service", ACCESS)
def test_nobody_overwrites_or_deletes_originals_but_who_must(service: str) -> None:
    changing = {
        action
        for statement in policy(service, "media")["Statement"]
        if statement["Effect"] == "Allow" and any(":::media/uploads/" in where for where in statement["Resource"])
        for action in statement["Action"]
    } & {"s3:PutObject", "s3:DeleteObject"}
    assert changing == {"gateway": {"s3:PutObject"}, "fetch": {"s3:PutObject"}, "withdraw": {"s3:DeleteObject"}}.get(
        service, set()
    )


@pytest.mark.parametrize("service", ACCESS)
def test_whoever_writes_may_try_whether_the_store_takes_anything(service: str) -> None:
    trial = f"arn:aws:s3:::media/trials/{service}*"
    allowed = [one for one in policy(service, "media")["Statement"] if trial in one["Resource"]]
    assert ["s3:PutObject" in one["Action"] for one in allowed] == [True] * bool(ACCESS[service].writes)


def test_what_is_printed_for_servers_of_ones_own_holds_names_of_passwords_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["permissions"])
    permissions.main()
    printed = capsys.readouterr().out
    assert printed.startswith("authorization: {")
    assert '"password": $HEADRACE_NATS_PASSWORD_LADDER_ENCODE' in printed
    assert json.dumps(permissions.permissions("probe")["publish"]["allow"][0]) in printed
