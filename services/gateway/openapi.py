"""The OpenAPI document: what is the same for all routes is said once, here."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Router

# The framework has no public name for what describes structs.
from litestar._openapi.schema_generation import SchemaCreator
from litestar._openapi.schema_generation.plugins.struct import StructSchemaPlugin
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    Schema,
    SecurityScheme,
)
from litestar.plugins import OpenAPISchemaPlugin, ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.typing import FieldDefinition

from contracts.v1 import Rational
from services.gateway.authentication import COOKIE, TENANT_HEADER
from services.gateway.idempotency import HEADER, KEY_PATTERN
from services.gateway.principal import PUBLIC
from services.gateway.problems import MEDIA_TYPE
from services.runtime.service import VERSION

_PROBLEMS = {
    400: "The request is not as it should be.",
    401: "The credentials are missing, wrong, revoked or expired.",
    403: "The credentials do not allow this.",
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "A server behind the gateway is away; `Retry-After` says when to come back.",
}
_PROBLEMS_OF_POST = {
    409: "The first request with this `Idempotency-Key` is at work, or its secret was shown.",
    413: "The body is larger than 64 KiB.",
    422: "The `Idempotency-Key` came with another request before.",
}


def openapi_config() -> OpenAPIConfig:
    """Return what describes the API, at ``/schema``."""
    return OpenAPIConfig(
        title="Headrace",
        version=VERSION,
        description="Send media to the store, ask what became of it. Errors are problem documents (RFC 9457).",
        openapi_router=Router("/schema", route_handlers=[], opt=PUBLIC, include_in_schema=False),
        use_handler_docstrings=True,
        # The other plugins are pages that load scripts from elsewhere.
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"]), YamlRenderPlugin()],
        components=Components(
            security_schemes={
                "key": SecurityScheme(type="http", scheme="bearer", description="An API key or an access token."),
                "page": SecurityScheme(
                    type="apiKey", security_scheme_in="cookie", name=COOKIE, description="The session of a page."
                ),
            }
        ),
    )


class CommonAnswers(ReceiveRoutePlugin):
    """Adds to every route that is not public its security, the problems and the headers that all such routes have."""

    def receive_route(self, route: BaseRoute) -> None:
        """Complete the handlers of one route."""
        if not isinstance(route, HTTPRoute):
            return
        for handler in route.route_handlers:
            if not handler.opt.get("public"):
                handler.security = [{"key": []}, {"page": []}]
                handler.operation_class = _PostOperation if "POST" in handler.http_methods else _Operation


@dataclass
class _Operation(Operation):
    def __post_init__(self) -> None:
        self._add(_PROBLEMS)
        schema = Schema(type=OpenAPIType.STRING, pattern="^[a-z0-9-]{1,32}$")
        self._offer(TENANT_HEADER, "Which tenant an operator means.", schema)

    def _add(self, problems: dict[int, str]) -> None:
        content = {MEDIA_TYPE: OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))}
        said: dict[str, Any] = {
            str(status): OpenAPIResponse(description=description, content=content)
            for status, description in problems.items()
        }
        # What the framework says of errors by itself is not what we answer.
        own = {
            status: response
            for status, response in (self.responses or {}).items()
            if status < "4" or status not in said or MEDIA_TYPE in (getattr(response, "content", None) or {})
        }
        self.responses = said | own

    def _offer(self, header: str, description: str, schema: Schema) -> None:
        parameter = Parameter(name=header, param_in="header", description=description, schema=schema)
        self.parameters = [*(self.parameters or []), parameter]


@dataclass
class _PostOperation(_Operation):
    def __post_init__(self) -> None:
        super().__post_init__()
        self._add(_PROBLEMS_OF_POST)
        schema = Schema(type=OpenAPIType.STRING, pattern=f"^{KEY_PATTERN}$")
        self._offer(HEADER, "Done once for all requests with the same one within 24 h.", schema)


class ClosedBodies(StructSchemaPlugin):
    """Says of bodies that refuse unknown fields that they have no others, and what the framework leaves out of them."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Tell whether this type is described here."""
        is_struct = super().is_plugin_supported_field(field_definition)
        return is_struct and bool(field_definition.annotation.__struct_config__.forbid_unknown_fields)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        """Return the description."""
        schema = super().to_openapi_schema(field_definition, schema_creator)
        schema.additional_properties = False
        told = msgspec.inspect.type_info(field_definition.annotation)
        assert isinstance(told, msgspec.inspect.StructType)
        for field in told.fields:
            _limit((schema.properties or {})[field.encode_name], field.type)
        return schema


def _limit(schema: Schema | Reference, told: msgspec.inspect.Type) -> None:
    """Say of what is inside of a field how long it may be and what it looks like."""
    if isinstance(schema, Reference):
        return
    if isinstance(told, msgspec.inspect.Metadata):
        _limit(schema, told.type)
    elif isinstance(told, msgspec.inspect.UnionType):
        for one, type_ in zip(schema.one_of or (), told.types, strict=False):
            _limit(one, type_)
    elif isinstance(told, msgspec.inspect.ListType) and isinstance(schema.items, Schema | Reference):
        _limit(schema.items, told.item_type)
    elif isinstance(told, msgspec.inspect.DictType) and isinstance(schema.additional_properties, Schema):
        _limit(schema.additional_properties, told.value_type)
        schema.property_names = Schema(type=OpenAPIType.STRING)
        _limit(schema.property_names, told.key_type)
    elif isinstance(told, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        schema.minimum, schema.exclusive_minimum, schema.maximum = told.ge, told.gt, told.le
    elif isinstance(told, msgspec.inspect.StrType):
        schema.min_length, schema.max_length, schema.pattern = told.min_length, told.max_length, told.pattern


class RationalSchema(OpenAPISchemaPlugin):
    """Describes an exact ratio as what it is in JSON: ``[num, den]``."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        """Tell whether this type is described here."""
        return value is Rational

    def to_openapi_schema(self, field_definition: Any, schema_creator: Any) -> Schema:  # noqa: ARG002 (the hook's shape)
        """Return the description."""
        number = Schema(type=OpenAPIType.INTEGER)
        return Schema(type=OpenAPIType.ARRAY, items=number, min_items=2, max_items=2, description="[num, den]")
