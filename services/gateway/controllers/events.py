"""Events: what happens, as it happens, and what happened since."""

from collections.abc import AsyncGenerator
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.response import Stream
from nats.errors import Error

from services.gateway.catalog import Catalog
from services.gateway.feed import Feed, Told
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.gateway.sse import HEADERS, MEDIA_TYPE, sse
from services.runtime.errors import Transient
from services.runtime.events import Happening, is_wanted
from services.runtime.settings import Settings

TYPES_PATTERN = r"^(\*|[a-z_]+\.(\*|[a-z_]+))(,(\*|[a-z_]+\.(\*|[a-z_]+)))*$"

LastEventId = Annotated[
    int | None, HeaderParameter(name="Last-Event-ID", ge=0, description="The last event that was heard.")
]
After = Annotated[
    int | None, QueryParameter(ge=0, description="The same, for those who cannot send headers; the header goes first.")
]
Types = Annotated[
    str,
    QueryParameter(
        pattern=TYPES_PATTERN,
        max_length=500,
        description="Only events of these types, with commas between them; `asset.*` are all of one kind.",
    ),
]
_RESPONSES = {
    200: ResponseSpec(
        str,
        description="Server-Sent Events: `id` is the place in the log, `data` a JSON document with `type`.",
        media_type=MEDIA_TYPE,
        generate_examples=False,
    ),
    400: described("The parameters are wrong, or the event lies beyond the log."),
    429: described("Too many requests, or the tenant has too many listeners."),
    503: described("There are too many listeners, or the log is away."),
}


class EventController(Controller):
    """Tells what the log takes. A listener that comes back with the last id hears every event once.

    Each answer ends after a while, so that nobody listens for longer than their credentials are good.
    """

    tags = ("events",)
    guards = (needs("read"),)

    @get("/v1/events", operation_id="list_events", responses=_RESPONSES)
    async def list_events(
        self,
        feed: NamedDependency[Feed],
        settings: NamedDependency[Settings],
        principal: NamedDependency[Principal],
        last_event_id: LastEventId = None,
        after: After = None,
        types: Types = "*",
    ) -> Stream:
        """Tell of all assets and alerts: what comes from now on, or all that follows an event."""
        place = last_event_id if last_event_id is not None else after
        filters = types.split(",")

        def wanted(one: Happening) -> bool:
            return one.tenant == principal.tenant and is_wanted(one.type, filters)

        start = await _start(feed, place)
        return _stream(feed.listen(principal.tenant, start, wanted, quiet_s=settings.events_heartbeat_s), start)

    @get(
        "/v1/assets/{asset_id:str}/events",
        operation_id="list_asset_events",
        responses=_RESPONSES | {404: described("There is no such asset.")},
    )
    async def list_asset_events(
        self,
        asset_id: FromPath[str],
        *,
        feed: NamedDependency[Feed],
        settings: NamedDependency[Settings],
        catalog: NamedDependency[Catalog],
        principal: NamedDependency[Principal],
        last_event_id: LastEventId = None,
        after: After = 0,
        types: Types = "*",
    ) -> Stream:
        """Tell of one asset, from its first event on or from what follows another."""
        if not asset_id.isalnum() or await catalog.asset(principal.tenant, asset_id) is None:
            raise Refused(404, "asset_missing", "There is no such asset, or its file has not arrived yet.")
        filters = types.split(",")

        def wanted(one: Happening) -> bool:
            is_own = one.tenant == principal.tenant and one.asset_id == asset_id
            return is_own and is_wanted(one.type, filters)

        start = await _start(feed, last_event_id if last_event_id is not None else after)
        told = feed.listen(principal.tenant, start, wanted, asset_id=asset_id, quiet_s=settings.events_heartbeat_s)
        return _stream(told, start)


async def _start(feed: Feed, after: int | None) -> int:
    try:
        return await feed.start_of(after)
    except (Error, OSError) as error:
        raise Transient("log_unavailable", "The log does not answer; try again soon.") from error


def _stream(told: AsyncGenerator[Told, None], start: int) -> Stream:
    return Stream(sse(start, told), media_type=MEDIA_TYPE, headers=HEADERS)
