"""API keys: made, listed and revoked by those who administer a tenant."""

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.gateway.access_documents import KeyList, KeyMade, KeyRequest
from services.gateway.idempotency import SECRET_ANSWER
from services.gateway.keys import Keys
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused


class KeyController(Controller):
    """Keeps keys."""

    path = "/v1/keys"
    tags = ("keys",)
    guards = (needs("admin"),)

    @post(operation_id="create_key", opt=SECRET_ANSWER, responses={404: described("There is no such tenant.")})
    async def create_key(
        self, data: JSONBody[KeyRequest], principal: NamedDependency[Principal], keys: NamedDependency[Keys]
    ) -> KeyMade:
        """Make a key of the tenant; its secret is shown in this answer and never again."""
        if data.every_tenant and not principal.operator:
            raise Refused(403, "operator_only", "Only an operator's key makes another one for every tenant.")
        return await keys.add(principal, data)

    @get(operation_id="list_keys")
    async def list_keys(self, principal: NamedDependency[Principal], keys: NamedDependency[Keys]) -> KeyList:
        """List the tenant's keys, newest first; revoked ones too."""
        return KeyList(await keys.newest(principal))

    @delete("/{key_id:str}", operation_id="revoke_key", responses={404: described("The tenant has no such key.")})
    async def revoke_key(
        self, key_id: FromPath[str], principal: NamedDependency[Principal], keys: NamedDependency[Keys]
    ) -> None:
        """Revoke a key; it opens nothing from now on."""
        await keys.revoke(principal, key_id)
