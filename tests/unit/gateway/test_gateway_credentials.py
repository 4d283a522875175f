"""Credentials, who they stand for, and what is told of limits."""

import pytest

from services.gateway.authentication import principal_for
from services.gateway.credentials import Credential, credential_of, new_credential
from services.gateway.principal import Holder, Principal
from services.gateway.rates import Rate
from services.gateway.refusals import Refused


def test_a_credential_is_read_back_from_its_text() -> None:
    made = new_credential("hr")
    assert credential_of(made.text) == made
    assert made.identifier.startswith("hr_")
    assert new_credential("hr") != made


@pytest.mark.parametrize(
    "spoil", [str.upper, lambda text: text[:-1], lambda text: text + "0", lambda text: f"{text}\n"]
)
def test_what_is_not_exactly_a_credential_is_none(spoil: object) -> None:
    assert callable(spoil)
    assert credential_of(spoil(new_credential("hr").text)) is None


def test_the_hash_of_a_secret_tells_it_from_others() -> None:
    made = new_credential("ha")
    assert len(made.secret_hash) == 32
    assert Credential(made.identifier, "0" * 64).secret_hash != made.secret_hash


def test_admin_is_every_scope_and_no_other_is() -> None:
    admin = Principal("default", frozenset({"admin"}), "hr_1")
    writer = Principal("default", frozenset({"write"}), "hr_1")
    assert admin.may("playback:sign")
    assert not writer.may("read")


@pytest.mark.parametrize(("asked", "tenant"), [(None, "default"), ("acme", "acme")])
def test_an_operator_is_in_the_tenant_that_is_named(asked: str | None, tenant: str) -> None:
    principal = principal_for(Holder(None, frozenset({"admin"}), "hr_1"), asked)
    assert (principal.tenant, principal.operator) == (tenant, True)


def test_nobody_else_leaves_their_tenant() -> None:
    holder = Holder("acme", frozenset({"admin"}), "hr_1")
    assert principal_for(holder, "acme") == principal_for(holder, None)
    with pytest.raises(Refused, match="tenant_not_yours"):
        principal_for(holder, "default")


def test_a_limit_tells_what_is_left_and_when_it_is_full_again() -> None:
    headers = Rate("requests", burst=20, per_s=2.0).headers(4.5)
    assert headers == {"RateLimit-Policy": '"requests";q=20;w=10', "RateLimit": '"requests";r=4;t=8'}
