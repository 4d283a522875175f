"""The JSON documents about keys, tenants, users, sessions and the audit log."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.gateway.audit import AuditEntry
from services.gateway.principal import Scope

Role = Literal["viewer", "editor", "admin"]

# Python lets `$` match before a last line feed, too.
_END = r"$(?!\n)"
_PRINTABLE = rf"^[^\x00-\x1f\x7f]+{_END}"

Label = Annotated[
    str,
    Meta(min_length=1, max_length=100, pattern=_PRINTABLE, description="What it is for.", examples=["CI of the shop"]),
]
TenantId = Annotated[str, Meta(pattern=rf"^[a-z0-9-]{{1,32}}{_END}", examples=["acme"])]
Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=rf"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+{_END}",
        examples=["ada@example.com"],
    ),
]
NewPassword = Annotated[str, Meta(min_length=12, max_length=256, examples=["correct horse battery staple"])]
Scopes = Annotated[
    list[Scope],
    Meta(min_length=1, max_length=4, description="`admin` holds all others.", examples=[["read", "write"]]),
]


class KeyRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The key that somebody wants."""

    label: Label
    scopes: Scopes
    every_tenant: Annotated[
        bool, Meta(description="An operator's key, for every tenant; only an operator's makes it.")
    ] = False


class KeyDocument(Struct, frozen=True, kw_only=True):
    """An API key, without its secret; ``tenant`` is `*` for an operator's."""

    key_id: Annotated[str, Meta(examples=["hr_0123456789abcdef"])]
    tenant: str
    scopes: list[Scope]
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class KeyMade(KeyDocument, frozen=True, kw_only=True):
    """A new API key: the only time that ``key`` is shown."""

    key: Annotated[str, Meta(description="Send it as `Authorization: Bearer …`.")]


class KeyList(Struct, frozen=True):
    """Keys, newest first, 1000 at most."""

    keys: list[KeyDocument]


class TenantRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The tenant to be made."""

    tenant: TenantId


Share = Annotated[
    int, Meta(ge=1, le=100, description="How many turns it has for each of a tenant with a share of 1.", examples=[2])
]
MostTasks = Annotated[
    int, Meta(ge=0, le=100_000, description="The most tasks in work at once; 0 for as many as everybody.", examples=[4])
]


class TenantChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tenant may use from now on; what is left out stays."""

    share: Share | None = None
    most_tasks: MostTasks | None = None


class TenantDocument(Struct, frozen=True):
    """A tenant, and what it may use; without ``most_tasks`` that is what everybody may."""

    tenant: str
    created_at: datetime
    share: int
    most_tasks: int | None


class TenantList(Struct, frozen=True):
    """Tenants by id; those after the last one are listed with ``after``."""

    tenants: list[TenantDocument]


class UserRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The user to be made."""

    email: Email
    password: NewPassword
    role: Role


class UserChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be another; what is left out stays."""

    password: NewPassword | None = None
    role: Role | None = None


class UserDocument(Struct, frozen=True):
    """A user."""

    user_id: Annotated[str, Meta(examples=["us_0123456789abcdef"])]
    email: str
    role: Role
    created_at: datetime


class UserList(Struct, frozen=True):
    """Users by id; those after the last one are listed with ``after``."""

    users: list[UserDocument]


class Login(Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants to log in; a page asks for a ``cookie`` in place of tokens."""

    email: Email
    password: Annotated[str, Meta(min_length=1, max_length=256, examples=["correct horse battery staple"])]
    cookie: bool = False


class PasswordChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Another password for whoever knows the old one."""

    old_password: Annotated[str, Meta(min_length=1, max_length=256, examples=["correct horse battery staple"])]
    new_password: NewPassword


class RefreshRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The refresh token to be exchanged."""

    refresh_token: Annotated[str, Meta(max_length=256, examples=["hf_0123456789abcdef_" + "0" * 64])]


class SessionDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session; the tokens are left out for a page, whose cookie it cannot read."""

    subject: str
    tenant: str
    scopes: list[Scope]
    access_token: str | UnsetType = UNSET
    access_expires_in_s: int | UnsetType = UNSET
    refresh_token: Annotated[str, Meta(description="Works once; the answer to it holds the next.")] | UnsetType = UNSET


class Identity(Struct, frozen=True):
    """Whom the credentials of a request belong to."""

    subject: str
    tenant: str
    scopes: list[Scope]
    operator: bool


class AuditPage(Struct, frozen=True):
    """Acts, newest first; older ones are listed with ``before`` and the last ``audit_id``."""

    entries: list[AuditEntry]
