"""The gateway's HTTP API: its controllers, what they are given, how errors are answered, and its OpenAPI document."""

from typing import Any

import asyncpg
from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import Message, Scope
from nats.aio.client import Client

from services.gateway.application import Application
from services.gateway.assets import Assets
from services.gateway.audit import Audit
from services.gateway.authentication import Authentication
from services.gateway.catalog import Catalog
from services.gateway.console import Console
from services.gateway.controllers.assets import AssetController
from services.gateway.controllers.audit import AuditController
from services.gateway.controllers.batches import BatchController
from services.gateway.controllers.captions import CaptionsController
from services.gateway.controllers.downloads import DownloadController
from services.gateway.controllers.events import EventController
from services.gateway.controllers.health import HealthController
from services.gateway.controllers.keys import KeyController
from services.gateway.controllers.operations import OperationsController
from services.gateway.controllers.page import PageController
from services.gateway.controllers.playback import PlaybackController
from services.gateway.controllers.posters import PosterController
from services.gateway.controllers.sessions import SessionController
from services.gateway.controllers.signing_keys import SigningKeyController
from services.gateway.controllers.tenants import TenantController
from services.gateway.controllers.uploads import UploadController
from services.gateway.controllers.users import UserController
from services.gateway.controllers.versions import VersionController
from services.gateway.controllers.webhooks import WebhookController
from services.gateway.database import Database
from services.gateway.decide import Documents
from services.gateway.deliveries import Deliveries
from services.gateway.estimates import Estimates
from services.gateway.exact_bodies import ExactRequest
from services.gateway.facts import Facts
from services.gateway.feed import Feed
from services.gateway.idempotency import Idempotency, first_answer_of
from services.gateway.imports import Imports
from services.gateway.keys import Keys
from services.gateway.links import Links
from services.gateway.openapi import ClosedBodies, CommonAnswers, RationalSchema, openapi_config
from services.gateway.origins import Origins
from services.gateway.pages import PageFiles
from services.gateway.passwords import Passwords
from services.gateway.principal import holder_of, principal_of
from services.gateway.problems import HANDLERS
from services.gateway.rates import Limits, Rates
from services.gateway.seats import Seats
from services.gateway.sessions import Sessions
from services.gateway.signing_keys import SigningKeys
from services.gateway.tenants import Tenants
from services.gateway.texts import Texts
from services.gateway.upload_links import UploadLinks
from services.gateway.upload_sessions import UploadSessions
from services.gateway.uploads import Uploads
from services.gateway.users import Users
from services.gateway.webhooks import Webhooks
from services.runtime.intake import Intake
from services.runtime.log import FactLog
from services.runtime.settings import Settings
from services.runtime.store import Store


def api(
    settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, nats: Client, intake: Intake | None = None
) -> Litestar:
    """Return the application over what it works with, all of it open; ``intake`` says when to take no originals."""
    database = Database(pool)
    links = Links(settings.outputs_url, settings.gateway_url)
    seats = Seats(settings.events_listeners, settings.events_listeners_per_tenant)
    feed = Feed(nats, seats, most_s=settings.events_stream_s)
    js = nats.jetstream()
    catalog = Catalog(database)
    facts = Facts(js, catalog)
    uploads = Uploads(settings, UploadSessions(database), store, js)
    allowed = [origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()]
    keys, sessions, rates, origins = Keys(database), Sessions(database), Rates(database), Origins(allowed)
    passwords = Passwords()
    idempotency, audit = Idempotency(database, passwords), Audit(database)
    assets = Assets(catalog, facts, uploads, audit)
    given = {
        "catalog": catalog,
        "facts": facts,
        "assets": assets,
        "texts": Texts(assets, facts, FactLog(js), store),
        "store": store,
        "documents": Documents(links),
        "output_links": links,
        "signing_keys": SigningKeys(database),
        "webhooks": Webhooks(database, settings.webhooks_per_tenant),
        "deliveries": Deliveries(database),
        "settings": settings,
        "feed": feed,
        "estimates": Estimates(nats),
        "imports": Imports(settings.bucket, js),
        "links": UploadLinks(store, settings.upload_idle_s),
        "uploads": uploads,
        "nats": nats,
        "keys": keys,
        "tenants": Tenants(database),
        "users": Users(database, passwords),
        "sessions": sessions,
        "rates": rates,
        "origins": origins,
        "audit": audit,
        "console": Console(nats),
        "page_files": PageFiles(),
    }
    return Application(
        route_handlers=[
            UploadController,
            AssetController,
            BatchController,
            CaptionsController,
            DownloadController,
            PosterController,
            VersionController,
            EventController,
            PlaybackController,
            SigningKeyController,
            WebhookController,
            HealthController,
            KeyController,
            TenantController,
            UserController,
            SessionController,
            AuditController,
            OperationsController,
            PageController,
        ],
        guards=[Authentication(keys, sessions, origins, Limits.of(settings))],
        dependencies={name: _provide(value) for name, value in given.items()}
        | {
            "principal": Provide(principal_of, sync_to_thread=False),
            "holder": Provide(holder_of, sync_to_thread=False),
            "first_answer": Provide(first_answer_of, sync_to_thread=False),
        },
        state=State({"feed": feed, "intake": intake or Intake()}),
        request_class=ExactRequest,
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        plugins=[RationalSchema(), ClosedBodies(), CommonAnswers()],
        cors_config=_cors(allowed),
        before_request=idempotency.before,
        before_send=[_tell_rate, idempotency.sent],
        logging_config=None,
        request_max_body_size=64 * 1024,
    )


def _provide(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def _cors(allowed: list[str]) -> CORSConfig | None:
    """Return what pages of other origins may do; a named origin may use the session cookie, ``*`` may not."""
    if not allowed:
        return None
    exposed = ["ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "Idempotency-Replayed", "Location"]
    return CORSConfig(allow_origins=allowed, allow_credentials="*" not in allowed, expose_headers=exposed, max_age=3600)


async def _tell_rate(message: Message, scope: Scope) -> None:
    """Tell in every answer what is left of the limit."""
    if message["type"] == "http.response.start":
        told = scope.get("state", {}).get("rate_headers", {})
        message["headers"] = [
            *message["headers"],
            *((name.lower().encode(), value.encode()) for name, value in told.items()),
        ]
