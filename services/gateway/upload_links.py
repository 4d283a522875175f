"""Documents of uploads, with the signed URLs to which their senders send."""

import math
from datetime import UTC, datetime, timedelta

from services.gateway.decide_uploads import PartPlan, metadata_of, plan_of
from services.gateway.upload_documents import Parts, PartTarget, UploadDocument, UploadTarget
from services.gateway.upload_session import Session
from services.runtime.store import Store

PAGE = 100
"""How many URLs come at once unless asked otherwise."""

_LONGEST_S = 7 * 24 * 3600
"""Source: Amazon S3, "Authenticating Requests: Using Query Parameters", X-Amz-Expires."""


class UploadLinks:
    """Signs what senders may send, each for exactly its length."""

    def __init__(self, store: Store, idle_s: float) -> None:
        """Sign for a bucket; a URL lives as long as an upload of which nothing is heard."""
        self._store = store
        self._expires_s = min(_LONGEST_S, math.ceil(idle_s))

    async def document(self, session: Session, stored: list[int], *, from_number: int | None) -> UploadDocument:
        """Return an upload; ``from_number`` is where the URLs of its parts begin, None for none."""
        is_open = session.state == "open"
        plan = plan_of(session)
        return UploadDocument(
            upload_id=session.upload_id,
            asset_id=session.asset_id,
            state=session.state,
            name=session.name,
            size_bytes=session.size_bytes,
            content_type=session.content_type,
            created_at=session.created_at,
            expires_at=session.expires_at,
            upload=await self._whole(session) if is_open and plan is None else None,
            parts=await self.parts(session, plan, from_number, PAGE) if is_open and plan else None,
            stored=stored,
        )

    async def parts(self, session: Session, plan: PartPlan, from_number: int | None, limit: int) -> Parts:
        """Return up to ``limit`` signed parts of an open upload from a number on."""
        assert session.store_upload_id is not None
        first = plan.count + 1 if from_number is None else from_number
        end = min(first + limit, plan.count + 1)
        targets = [
            PartTarget(
                number,
                plan.length(number),
                await self._store.multipart.presigned_part(
                    session.key,
                    session.store_upload_id,
                    number,
                    size_bytes=plan.length(number),
                    expires_s=self._expires_s,
                ),
            )
            for number in range(first, end)
        ]
        following = 1 if from_number is None else end
        return Parts(plan.part_bytes, plan.count, targets, following if following <= plan.count else None)

    async def _whole(self, session: Session) -> UploadTarget:
        metadata = metadata_of(session.profile, session.playback_policy, session.priority, session.language)
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=self._expires_s)
        url = await self._store.presigned_put(
            session.key,
            size_bytes=session.size_bytes,
            content_type=session.content_type,
            metadata=metadata,
            expires_s=self._expires_s,
        )
        headers = {"Content-Type": session.content_type, "If-None-Match": "*"}
        headers |= {f"x-amz-meta-{name}": value for name, value in metadata.items()}
        return UploadTarget("PUT", url, headers, expires_at)
