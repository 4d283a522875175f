"""Users: made, listed, changed and deleted by those who administer a tenant."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from services.gateway.access_documents import UserChange, UserDocument, UserList, UserRequest
from services.gateway.idempotency import SECRET_REQUEST
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.users import Users

_MISSING = {404: described("The tenant has no such user.")}


class UserController(Controller):
    """Keeps users."""

    path = "/v1/users"
    tags = ("users",)
    guards = (needs("admin"),)

    @post(
        operation_id="create_user",
        opt=SECRET_REQUEST,
        responses={404: described("There is no such tenant."), 409: described("The address is taken.")},
    )
    async def create_user(
        self, data: JSONBody[UserRequest], principal: NamedDependency[Principal], users: NamedDependency[Users]
    ) -> UserDocument:
        """Make a user of the tenant."""
        return await users.add(principal, data)

    @get(operation_id="list_users")
    async def list_users(
        self,
        principal: NamedDependency[Principal],
        users: NamedDependency[Users],
        after: Annotated[str, QueryParameter(max_length=32, description="Only ids after this one.")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> UserList:
        """List the tenant's users by id."""
        return UserList(await users.listed(principal.tenant, after, limit))

    @patch("/{user_id:str}", operation_id="change_user", responses=_MISSING)
    async def change_user(
        self,
        user_id: FromPath[str],
        data: JSONBody[UserChange],
        principal: NamedDependency[Principal],
        users: NamedDependency[Users],
    ) -> UserDocument:
        """Give a user another role or password; their sessions end."""
        return await users.change(principal, user_id, data)

    @delete("/{user_id:str}", operation_id="delete_user", responses=_MISSING)
    async def delete_user(
        self, user_id: FromPath[str], principal: NamedDependency[Principal], users: NamedDependency[Users]
    ) -> None:
        """Delete a user; their sessions end."""
        await users.remove(principal, user_id)
