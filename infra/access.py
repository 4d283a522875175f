"""What each service may do on the servers, as data: from it follow its NATS permissions and its policy in the store.

What a service publishes is stated in ``infra.roles``, what it pulls from in ``infra.nats.topology``. One that
is missing here gets nowhere.
"""

from dataclasses import dataclass

from contracts import again, lateness
from contracts.bucket import SUBJECT_FEED, SUBJECT_LISTING, SUBJECT_SENDER
from contracts.estimates import estimate_subject
from contracts.keys import ASSETS, CAPTIONS, POSTER_UPLOADS, PRIVATE, UPLOADS, WITHDRAWN
from contracts.progress import progress_subject

LOG = "MEDIA"
OUTPUTS = (ASSETS, PRIVATE)
# Text tracks, of whichever asset.
TEXTS = tuple(f"{root}*/{CAPTIONS}/" for root in OUTPUTS)
_WITHDRAWN_TEXTS = tuple(f"{WITHDRAWN}{prefix}" for prefix in TEXTS)


@dataclass(frozen=True)
class Access:
    """What one service may do.

    It makes consumers of its own on the streams that it ``follows``; of those that it ``looks_at`` it may ask for state
    and single messages. ``says`` and ``hears`` are subjects beside those of its contracts and its own pings;
    ``announces_on`` is where it says that an object was written. Who ``hands_out`` tasks puts them before workers;
    all others queue them. ``reads``, ``writes`` and ``deletes`` are prefixes of keys, ``*`` in them is
    anything; ``lists`` lets it know which keys there are.
    """

    follows: tuple[str, ...] = (LOG,)
    looks_at: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    announces_on: str | None = None
    hands_out: bool = False
    database: bool = False
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    lists: bool = False


ACCESS = {
    "catalog": Access(database=True, reads=TEXTS, lists=True),
    "dispatch": Access(
        follows=(LOG, "QUEUE"),
        looks_at=("TASKS",),
        says=("$JS.API.CONSUMER.LIST.TASKS", "$JS.API.STREAM.MSG.DELETE.QUEUE"),
        hears=(
            "$JS.EVENT.METRIC.CONSUMER.ACK.TASKS.*",
            "media.v1.asset.ready.>",
            "media.v1.asset.failed.>",
            "media.v1.asset.restored.>",
            "media.v1.asset.purged.>",
            estimate_subject(),
        ),
        hands_out=True,
        database=True,
    ),
    "feed": Access(follows=(), looks_at=("BUCKET",), announces_on=SUBJECT_FEED),
    "fetch": Access(announces_on=SUBJECT_SENDER, reads=(UPLOADS,), writes=(UPLOADS,), lists=True),
    "finalize": Access(reads=OUTPUTS, lists=True),
    "gateway": Access(
        looks_at=("QUEUE", "TASKS"),
        says=("headrace.>", estimate_subject()),
        announces_on=SUBJECT_SENDER,
        database=True,
        # What it signs for others, it must be allowed to do itself.
        reads=(UPLOADS, POSTER_UPLOADS, *OUTPUTS),
        writes=(UPLOADS, POSTER_UPLOADS, *TEXTS),
        lists=True,
    ),
    "ingest": Access(reads=(UPLOADS,), lists=True),
    "ladder_encode": Access(reads=(UPLOADS, *OUTPUTS), writes=OUTPUTS, lists=True),
    "measure": Access(reads=(UPLOADS, *OUTPUTS)),
    "notify": Access(says=("$SRV.PING",), database=True),
    # It acts for operators: pauses durables, and puts dead letters back on whatever subject they came by.
    "operate": Access(
        follows=(LOG, "DEAD"),
        looks_at=("BUCKET", "QUEUE", "TASKS"),
        says=(
            "$SRV.PING",
            "$SRV.PING.*",
            lateness.SUBJECT,
            "$JS.API.CONSUMER.PAUSE.*.*",
            "$JS.API.STREAM.MSG.DELETE.DEAD",
            lateness.SUBJECT,
            *("bucket.>", f"{again.ROOT}.>", "queue.v1.>", "task.v1.>"),
        ),
        hears=("headrace.>", "$SRV.*.headrace", "$SRV.*.headrace.*"),
        database=True,
    ),
    "package": Access(reads=(*OUTPUTS, *_WITHDRAWN_TEXTS), writes=OUTPUTS, deletes=OUTPUTS, lists=True),
    "plan": Access(looks_at=("QUEUE", "TASKS")),
    "probe": Access(reads=(UPLOADS,)),
    "reconcile": Access(
        looks_at=("BUCKET", "QUEUE", "TASKS"),
        says=(f"{again.ROOT}.>",),
        hears=(lateness.SUBJECT,),
        announces_on=SUBJECT_LISTING,
        reads=(UPLOADS,),
        lists=True,
    ),
    "remux": Access(reads=OUTPUTS, writes=OUTPUTS, lists=True),
    "thumbnail": Access(reads=(UPLOADS, POSTER_UPLOADS), writes=OUTPUTS),
    "transcribe": Access(says=(progress_subject(),), reads=(UPLOADS, *TEXTS), writes=TEXTS, deletes=TEXTS, lists=True),
    "withdraw": Access(
        database=True,
        reads=(UPLOADS, *OUTPUTS, WITHDRAWN),
        writes=(*OUTPUTS, WITHDRAWN),
        deletes=(UPLOADS, POSTER_UPLOADS, *OUTPUTS, WITHDRAWN),
        lists=True,
    ),
}
