"""What each service may do on the servers, as data: from it follow its NATS permissions and its policy in the store.

What a service publishes is stated in ``infra.asyncapi.ROLES``. One that is missing here gets nowhere.
"""

from dataclasses import dataclass

from contracts.bucket import SUBJECT_AGAIN, SUBJECT_FEED, SUBJECT_LISTING, SUBJECT_SENDER
from contracts.keys import ASSETS, POSTER_UPLOADS, PRIVATE, UPLOADS, WITHDRAWN
from contracts.v1.operate import CONSOLE

OUTPUTS = (ASSETS, PRIVATE)


@dataclass(frozen=True)
class Access:
    """What one service may do.

    It pulls from ``durables``; ``follows_log`` lets it make consumers of its own on MEDIA. Of the streams that it
    ``looks_at`` it may ask for state and single messages. ``announces_on`` is where it says that an object was written.
    ``reads``, ``writes`` and ``deletes`` are prefixes of keys; ``lists`` lets it know which keys there are.
    ``says`` and ``hears`` are subjects beyond its contracts.
    """

    durables: tuple[str, ...] = ()
    follows_log: bool = False
    looks_at: tuple[str, ...] = ()
    announces_on: str | None = None
    pings: bool = False
    database: bool = False
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    lists: bool = False
    says: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()


_CONSOLE = f"{CONSOLE}.>"

ACCESS = {
    "catalog": Access(follows_log=True, database=True),
    "feed": Access(looks_at=("BUCKET",), announces_on=SUBJECT_FEED),
    "fetch": Access(
        ("fetch",), follows_log=True, announces_on=SUBJECT_SENDER, reads=(UPLOADS,), writes=(UPLOADS,), lists=True
    ),
    "finalize": Access(("finalize",), follows_log=True, reads=OUTPUTS, lists=True),
    "gateway": Access(
        follows_log=True,
        looks_at=("TASKS",),
        announces_on=SUBJECT_SENDER,
        database=True,
        # What it signs for others, it must be allowed to do itself.
        reads=(UPLOADS, POSTER_UPLOADS, *OUTPUTS),
        writes=(UPLOADS, POSTER_UPLOADS),
        lists=True,
        says=(_CONSOLE,),
    ),
    "ingest": Access(("ingest",), follows_log=True, reads=(UPLOADS,), lists=True),
    "ladder_encode": Access(
        ("encode_copy", "encode_head", "encode_audio", "encode_bulk"),
        follows_log=True,
        reads=(UPLOADS, *OUTPUTS),
        writes=OUTPUTS,
        lists=True,
    ),
    "measure": Access(("measure_complexity", "measure_quality"), follows_log=True, reads=(UPLOADS, *OUTPUTS)),
    "notify": Access(("trouble",), follows_log=True, pings=True, database=True),
    "operate": Access(
        follows_log=True,
        pings=True,
        database=True,
        says=(
            # Whose work it has done again, and how it holds back that of all.
            SUBJECT_AGAIN,
            "again.v1.>",
            "queue.v1.>",
            "task.v1.>",
            "$JS.API.STREAM.INFO.*",
            "$JS.API.CONSUMER.INFO.*.*",
            "$JS.API.CONSUMER.PAUSE.*.*",
            "$SRV.PING.*",
            # Dead letters are found by consumers of its own, and deleted when they are settled.
            "$JS.API.STREAM.MSG.GET.DEAD",
            "$JS.API.STREAM.MSG.DELETE.DEAD",
            "$JS.API.CONSUMER.CREATE.DEAD",
            "$JS.API.CONSUMER.CREATE.DEAD.>",
            "$JS.API.CONSUMER.MSG.NEXT.DEAD.*",
            "$JS.API.CONSUMER.DELETE.DEAD.*",
        ),
        hears=(_CONSOLE, *(f"$SRV.{verb}.{CONSOLE}{one}" for verb in ("PING", "INFO", "STATS") for one in ("", ".*"))),
    ),
    "package": Access(("package",), follows_log=True, reads=OUTPUTS, writes=OUTPUTS, deletes=OUTPUTS, lists=True),
    "plan": Access(("plan", "plan_refine", "plan_overdue", "plan_retry", "plan_again"), follows_log=True),
    "probe": Access(("probe",), follows_log=True, reads=(UPLOADS,)),
    "reconcile": Access(
        follows_log=True, looks_at=("BUCKET",), announces_on=SUBJECT_LISTING, reads=(UPLOADS,), lists=True
    ),
    "remux": Access(("remux",), follows_log=True, reads=OUTPUTS, writes=OUTPUTS, lists=True),
    "thumbnail": Access(("thumbnail", "poster"), follows_log=True, reads=(UPLOADS, POSTER_UPLOADS), writes=OUTPUTS),
    "withdraw": Access(
        ("withdraw", "remove_version"),
        follows_log=True,
        database=True,
        reads=(UPLOADS, *OUTPUTS, WITHDRAWN),
        writes=(*OUTPUTS, WITHDRAWN),
        deletes=(UPLOADS, POSTER_UPLOADS, *OUTPUTS, WITHDRAWN),
        lists=True,
    ),
}
