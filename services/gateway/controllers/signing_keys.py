"""Signing keys: made, listed and revoked by the tenant's administrators."""

from typing import Annotated

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from services.gateway.idempotency import SECRET_ANSWER
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.gateway.signing_keys import SigningKey, SigningKeys

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")]


class SigningKeyRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a new key is for."""

    label: Annotated[
        str, Meta(pattern=r"^[^\x00-\x1f]*$", max_length=100, description="A name by which people know it.")
    ] = ""


class NewSigningKey(Struct, frozen=True):
    """A new key; ``secret`` is shown this once."""

    key: SigningKey
    secret: str


class SigningKeyList(Struct, frozen=True):
    """Keys, newest first."""

    keys: list[SigningKey]


class SigningKeyController(Controller):
    """Keeps the keys that sign playback tokens."""

    path = "/v1/signing-keys"
    tags = ("playback",)
    guards = (needs("admin"),)

    @post(
        operation_id="create_signing_key",
        opt=SECRET_ANSWER,
        responses={400: described("The request is wrong."), 404: described("There is no such tenant.")},
    )
    async def create_signing_key(
        self,
        data: JSONBody[SigningKeyRequest],
        signing_keys: NamedDependency[SigningKeys],
        principal: NamedDependency[Principal],
    ) -> NewSigningKey:
        """Make a key. With its secret, tokens can be signed without asking the gateway."""
        return NewSigningKey(*await signing_keys.create(principal, data.label))

    @get(operation_id="list_signing_keys", responses={400: described("The parameters are wrong.")})
    async def list_signing_keys(
        self,
        signing_keys: NamedDependency[SigningKeys],
        principal: NamedDependency[Principal],
        limit: Limit = 50,
    ) -> SigningKeyList:
        """List keys, with those that were revoked."""
        return SigningKeyList(await signing_keys.newest(principal.tenant, limit))

    @delete(
        "/{signing_key_id:str}", operation_id="revoke_signing_key", responses={404: described("There is no such key.")}
    )
    async def revoke_signing_key(
        self,
        signing_key_id: FromPath[str],
        signing_keys: NamedDependency[SigningKeys],
        principal: NamedDependency[Principal],
    ) -> None:
        """Revoke a key: the tokens that it signed open nothing from now on, but what players were sent to already."""
        if "\0" in signing_key_id or not await signing_keys.revoke(principal, signing_key_id):
            raise Refused(404, "signing_key_missing", "There is no such signing key; list them to see which there are.")
