"""The gateway's HTTP API: its controllers, what they are given, how errors are answered, and its OpenAPI document."""

from typing import Any

import asyncpg
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import OpenAPIType, Schema
from litestar.plugins import OpenAPISchemaPlugin
from nats.aio.client import Client

from contracts.v1 import Rational
from services.gateway.authentication import Authentication
from services.gateway.catalog import Catalog
from services.gateway.controllers.assets import AssetController
from services.gateway.controllers.events import EventController
from services.gateway.controllers.health import HealthController
from services.gateway.controllers.playback import PlaybackController
from services.gateway.controllers.signing_keys import SigningKeyController
from services.gateway.controllers.uploads import UploadController
from services.gateway.controllers.webhooks import WebhookController
from services.gateway.database import Database
from services.gateway.decide import Documents
from services.gateway.feed import Feed
from services.gateway.keys import Keys
from services.gateway.links import Links
from services.gateway.principal import PUBLIC, principal_of
from services.gateway.problems import HANDLERS
from services.gateway.signing_keys import SigningKeys
from services.gateway.webhooks import Webhooks
from services.runtime.service import VERSION
from services.runtime.settings import Settings
from services.runtime.store import Store


def api(settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, nats: Client) -> Litestar:
    """Return the application over what it works with, all of it open."""
    database = Database(pool)
    links = Links(settings.outputs_url, settings.gateway_url)
    feed = Feed(nats, most_listeners=settings.events_listeners)
    given = {
        "catalog": Catalog(database),
        "documents": Documents(links),
        "links": links,
        "signing_keys": SigningKeys(database),
        "webhooks": Webhooks(database),
        "store": store,
        "nats": nats,
        "settings": settings,
        "feed": feed,
    }
    return Litestar(
        route_handlers=[
            UploadController,
            AssetController,
            EventController,
            PlaybackController,
            SigningKeyController,
            WebhookController,
            HealthController,
        ],
        guards=[Authentication(Keys(database))],
        dependencies={name: _provide(value) for name, value in given.items()}
        | {"principal": Provide(principal_of, sync_to_thread=False)},
        state=State({"feed": feed}),
        exception_handlers=HANDLERS,
        openapi_config=OpenAPIConfig(
            title="Headrace",
            version=VERSION,
            description="Send media to the store, ask what became of it.",
            openapi_router=Router("/schema", route_handlers=[], opt=PUBLIC, include_in_schema=False),
            use_handler_docstrings=True,
            # The other plugins are pages that load scripts from elsewhere.
            render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"]), YamlRenderPlugin()],
        ),
        plugins=[_RationalSchema()],
        logging_config=None,
        request_max_body_size=64 * 1024,
    )


def _provide(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


class _RationalSchema(OpenAPISchemaPlugin):
    """Describes an exact ratio as what it is in JSON: ``[num, den]``."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        return value is Rational

    def to_openapi_schema(self, field_definition: Any, schema_creator: Any) -> Schema:  # noqa: ARG002 (the hook's shape)
        number = Schema(type=OpenAPIType.INTEGER)
        return Schema(type=OpenAPIType.ARRAY, items=number, min_items=2, max_items=2, description="[num, den]")
