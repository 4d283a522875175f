"""Uploads: opened, signed, completed and given up; their bytes go from the sender to the store.

Every step can be taken again: what the store holds decides, the table only remembers what was promised.
"""

import secrets
from datetime import UTC, datetime, timedelta

from nats.js import JetStreamContext

from contracts.bucket import SUBJECT_SENDER
from contracts.keys import asset_id_of, reserved_key
from contracts.v1 import AssetAbandoned, AssetAwaited, Original
from services.gateway.decide_uploads import check_arrived, check_complete, check_name, metadata_of, part_plan, plan_of
from services.gateway.facts import log_errors
from services.gateway.refusals import Refused
from services.gateway.upload_documents import UploadRequest
from services.gateway.upload_session import Session
from services.gateway.upload_sessions import UploadSessions
from services.runtime.announce import announce
from services.runtime.errors import Permanent, Stale
from services.runtime.limits import UploadLimits
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from services.runtime.store import Store

_STATUS_OF_LIMIT = {"upload_too_large": 413, "upload_type_refused": 415}


class Uploads:
    """Leads uploads through their life."""

    def __init__(self, settings: Settings, sessions: UploadSessions, store: Store, js: JetStreamContext) -> None:
        """Work on a table, a bucket and the log."""
        self.idle_s = settings.upload_idle_s
        self._limits = UploadLimits.of(settings)
        self._sessions = sessions
        self._store = store
        self._js = js
        self._publish = Publisher(js)

    async def open(self, tenant: str, asked: UploadRequest) -> Session:
        """Open an upload, and say in the log that its file is awaited.

        Raises: Permanent: ``name_invalid``. Refused: ``upload_too_large``, ``upload_type_refused``.
        Transient: ``log_unavailable``, which every act here may raise.
        """
        check_name(asked.name)
        self._check_limits(asked)
        key = reserved_key(tenant, secrets.token_urlsafe(18), asked.name)
        asset_id = asset_id_of(self._store.bucket, key, "", asked.size_bytes)
        plan = part_plan(asked.size_bytes)
        store_upload_id = None
        if plan is not None:
            metadata = metadata_of(asked.profile, asked.playback_policy, asked.priority, asked.language or "")
            store_upload_id = await self._store.multipart.begin(key, content_type=asked.content_type, metadata=metadata)
        session = await self._sessions.add(
            f"up_{secrets.token_urlsafe(18)}", tenant, asset_id, key, asked.name, asked.size_bytes, asked.content_type,
            asked.profile, asked.playback_policy, asked.priority, asked.language or "",
            plan.part_bytes if plan else None, store_upload_id, idle_s=self.idle_s,
        )  # fmt: skip
        await self._state(
            AssetAwaited(
                asset_id=asset_id,
                tenant=tenant,
                name=asked.name,
                key=key,
                size_bytes=asked.size_bytes,
                content_type=asked.content_type,
                profile=asked.profile,
                playback_policy=asked.playback_policy,
                title=asked.title,
                description=asked.description,
                metadata=asked.metadata,
                tags=asked.tags,
                category=asked.category,
                priority=asked.priority,
            )
        )
        return session

    async def find(self, tenant: str, upload_id: str) -> Session:
        """Return an upload; asking for it keeps it open.

        Raises: Refused: ``upload_missing``.
        """
        session = await self._sessions.touch(tenant, upload_id, self.idle_s)
        if session is None:
            raise Refused(404, "upload_missing", "There is no such upload.")
        return session

    async def stored(self, session: Session) -> list[int]:
        """Return the numbers of the parts that the store holds of an open upload; one PUT is a single part."""
        plan = plan_of(session)
        if plan is None or session.store_upload_id is None:
            return [1] if await self._store.head(session.key) else []
        try:
            return plan.held(await self._store.multipart.parts(session.key, session.store_upload_id))
        except Permanent:  # completed a moment ago
            return []

    async def complete(self, tenant: str, upload_id: str) -> Session:
        """Make the object of what was sent, and announce it as the store's own feed would, under the same id.

        Raises: Refused: ``upload_missing``, ``upload_incomplete``, ``upload_differs``, ``upload_closed``.
        """
        session = await self.find(tenant, upload_id)
        if session.state in {"aborted", "expired"}:
            raise Refused(409, "upload_closed", f"The upload is {session.state}; begin a new one.")
        await self._join(session)
        arrived = check_arrived(session, await self._store.head(session.key))
        original = Original(
            bucket=self._store.bucket, key=arrived.key, size_bytes=arrived.size_bytes, etag=arrived.etag
        )
        with log_errors():
            await announce(self._js, SUBJECT_SENDER, original)
        await self._sessions.close(upload_id, "completed")
        return await self.find(tenant, upload_id)

    async def abort(self, tenant: str, upload_id: str) -> None:
        """Give an upload up and free its parts; once given up, it stays so.

        Raises: Refused: ``upload_missing``, ``upload_completed``, when its file has arrived.
        """
        session = await self.find(tenant, upload_id)
        if session.state == "completed" or (session.state == "open" and not await self._abort(session)):
            raise Refused(409, "upload_completed", "The file has arrived, so it is an asset; delete that instead.")

    async def abort_of(self, tenant: str, asset_id: str) -> None:
        """Give up the upload of an asset that nobody wants any more, if it has one that is open."""
        session = await self._sessions.of_asset(tenant, asset_id)
        if session is not None:
            await self._abort(session)

    async def expire(self, session: Session) -> None:
        """Give up an upload whose time is over, unless a part came meanwhile."""
        if session.store_upload_id is not None:
            heard_at = await self.last_heard(session.key, session.store_upload_id)
            until = heard_at and heard_at + timedelta(seconds=self.idle_s)
            if until and until > datetime.now(UTC):
                await self._sessions.extend(session.upload_id, until)
                return
        # Its sender may have been heard since it was read, and cannot be while it is given up.
        async with self._sessions.expiring(session.upload_id) as is_over:
            has_arrived = is_over and not await self._given_up(session)
        if has_arrived:
            await self._sessions.close(session.upload_id, "completed")

    async def last_heard(self, key: str, store_upload_id: str) -> datetime | None:
        """Return when the store got the newest part of an upload, or None when it holds none."""
        try:
            parts = await self._store.multipart.parts(key, store_upload_id)
        except Permanent:  # it is gone already
            return None
        return max((part.stored_at for part in parts.values()), default=None)

    async def _abort(self, session: Session) -> bool:
        is_given_up = await self._given_up(session)
        # Closed last: a crash before that leaves it to the next who looks.
        await self._sessions.close(session.upload_id, "aborted" if is_given_up else "completed")
        return is_given_up

    async def _given_up(self, session: Session) -> bool:
        """Free what the store holds of an upload and forget its asset, unless the file has arrived after all."""
        if session.store_upload_id is not None:
            await self._store.multipart.abort(session.key, session.store_upload_id)
        if await self._store.head(session.key) is not None:
            return False
        await self._state(AssetAbandoned(asset_id=session.asset_id, tenant=session.tenant))
        return True

    async def _state(self, fact: AssetAwaited | AssetAbandoned) -> None:
        with log_errors():
            await self._publish(fact)

    def _check_limits(self, asked: UploadRequest) -> None:
        try:
            self._limits.check(asked.size_bytes, asked.content_type)
        except Permanent as error:
            raise Refused(_STATUS_OF_LIMIT[error.code], error.code, error.message) from error

    async def _join(self, session: Session) -> None:
        """Make the object of its parts, unless somebody did so before."""
        plan = plan_of(session)
        if plan is None or session.store_upload_id is None or session.state == "completed":
            return
        try:
            parts = await self._store.multipart.parts(session.key, session.store_upload_id)
            check_complete(plan, plan.held(parts))
            await self._store.multipart.complete(session.key, session.store_upload_id, parts)
        except Stale:
            pass
        except Refused:
            # While somebody else completes it, SeaweedFS takes the parts away once the object is there.
            if await self._store.head(session.key) is None:
                raise
        except Permanent as error:
            if error.code != "upload_missing":
                raise
