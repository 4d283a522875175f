"""What a handler can ask for, by annotation."""

from datetime import datetime
from typing import Annotated

from faststream import Context
from nats.js import JetStreamContext

from services.runtime.children import MediaChildren
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.store import Store

StoreDep = Annotated[Store, Context("store")]
MediaDep = Annotated[MediaChildren, Context("media")]
LogDep = Annotated[FactLog, Context("facts")]
JsDep = Annotated[JetStreamContext, Context("js")]
PublishDep = Annotated[Publisher, Context("publish")]
StoredAtDep = Annotated[datetime, Context("message.raw_message.metadata.timestamp")]
"""When the stream took the message at hand."""
