"""Every state in which an asset waits for an answer: until when, who is asked again, how often, and what follows then.

A deadline begins when its durable has dealt with the fact, or when the work has left its queue: waiting in a queue is
not counted. So it is short, for what is late then is lost.

``download`` is no state here: a wish for a file is a task alone, which whoever wished for it repeats by asking for it.
"""

from typing import Literal

import msgspec

State = Literal[
    "awaited", "imported", "ingested", "probed", "measuring", "measured", "refused", "planned", "encoded", "packaged",
    "remaking", "repackaging", "ready", "retried_probe", "retried_encode", "retried_thumbnail", "retried_package",
    "poster_chosen", "captions_asked", "retired", "deleted",
]  # fmt: skip

Instead = Literal[
    "asset.failed",
    "asset.abandoned",
    "complexity.measured",
    "quality.measured",
    "poster.refused",
    "captions.refused",
    "alert",
]


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """What an asset waits for in a state.

    ``durable`` is asked again, up to ``tries`` times, each time after twice as long; in the end ``instead`` is stated,
    with ``code`` and ``message`` where it has room for them. ``hears``: the durable hears the fact itself, not only
    what is asked again. ``each_s`` is added for each task of a plan.
    """

    within_s: float
    code: str
    message: str
    durable: str = ""
    tries: int = 0
    hears: bool = True
    each_s: float = 0.0
    instead: Instead = "asset.failed"


_RETRY = "Retry the asset; if it happens again, see the log of the service."

DEADLINES: dict[State, Deadline] = {
    # asset.awaited of an upload → asset.ingested, asset.abandoned: gateways give it up after an hour, if one is there
    "awaited": Deadline(
        within_s=172_800.0,
        code="upload_lost",
        message="Nothing was heard of the upload for two days; upload the file again.",
        instead="asset.abandoned",
    ),
    # asset.awaited of an import → the same, or asset.failed; the log does not tell its URL
    "imported": Deadline(
        within_s=60.0,
        code="import_lost",
        message="The order to fetch the file was lost; import it again.",
    ),
    # asset.ingested → asset.probed
    "ingested": Deadline(
        durable="probe",
        within_s=30.0,
        tries=4,
        code="probe_overdue",
        message=f"The file was not examined, although that was asked for five times. {_RETRY}",
    ),
    # asset.probed → asset.planned
    "probed": Deadline(
        durable="plan",
        within_s=30.0,
        tries=4,
        code="plan_overdue",
        message=f"It was not decided what to make of the file, although that was asked for five times. {_RETRY}",
    ),
    # asset.planned with candidates → complexity.measured; ``plan`` itself waits for 20 s
    "measuring": Deadline(
        durable="plan_overdue",
        within_s=30.0,
        tries=2,
        code="measuring_lost",
        message="It was not measured what the video takes.",
        instead="complexity.measured",
    ),
    # complexity.measured → asset.planned, refined
    "measured": Deadline(
        durable="plan_refine",
        within_s=30.0,
        tries=4,
        code="refining_overdue",
        message=f"The plan was not refined, although that was asked for five times. {_RETRY}",
    ),
    # copy.refused → asset.planned
    "refused": Deadline(
        durable="plan_again",
        within_s=30.0,
        tries=4,
        code="plan_overdue",
        message=f"It was not decided anew what to make of the file, although that was asked for five times. {_RETRY}",
    ),
    # asset.planned → chunk.encoded for every part, thumbnail.made; late is what is neither made nor in TASKS
    "planned": Deadline(
        durable="plan_lost",
        hears=False,
        within_s=30.0,
        each_s=0.05,
        tries=5,
        code="work_lost",
        message="Tasks of the asset were lost, and lost again each time they were handed out anew; look after the "
        "streams QUEUE and TASKS, then retry the asset.",
    ),
    # chunk.encoded, the last one → asset.packaged
    "encoded": Deadline(
        durable="package",
        within_s=30.0,
        tries=4,
        code="package_overdue",
        message=f"The playlists were not completed, although that was asked for five times. {_RETRY}",
    ),
    # asset.packaged and thumbnail.made → asset.ready, output.refused
    "packaged": Deadline(
        durable="finalize",
        within_s=30.0,
        tries=4,
        code="finish_overdue",
        message=f"The last look at everything did not end, although it was asked for five times. {_RETRY}",
    ),
    # output.refused → chunk.encoded and thumbnail.made, once more, for what was refused
    "remaking": Deadline(
        durable="plan_remake",
        within_s=60.0,
        tries=4,
        code="remake_lost",
        message="What the last look at everything refused was not made once more, although that was asked for five "
        "times; look after the streams QUEUE and TASKS, then retry the asset.",
    ),
    # output.refused → asset.packaged, when all of that is made
    "repackaging": Deadline(
        durable="package",
        within_s=60.0,
        tries=4,
        code="package_overdue",
        message=f"The playlists were not written once more, although that was asked for five times. {_RETRY}",
    ),
    # asset.ready → quality.measured, in time that nobody else wants
    "ready": Deadline(
        durable="measure_quality",
        within_s=60.0,
        tries=2,
        code="measuring_lost",
        message="It was not measured what the renditions give.",
        instead="quality.measured",
    ),
    # asset.retried → asset.probed, asset.planned, thumbnail.made, asset.packaged
    "retried_probe": Deadline(
        durable="probe",
        within_s=30.0,
        tries=4,
        code="probe_overdue",
        message=f"The file was not examined again, although that was asked for five times. {_RETRY}",
    ),
    "retried_encode": Deadline(
        durable="plan_retry",
        within_s=30.0,
        tries=4,
        code="plan_overdue",
        message=f"The asset was not planned again, although that was asked for five times. {_RETRY}",
    ),
    "retried_thumbnail": Deadline(
        durable="plan_retry",
        within_s=60.0,
        tries=5,
        code="pictures_overdue",
        message=f"Poster and storyboard were not made again, although that was asked for six times. {_RETRY}",
    ),
    "retried_package": Deadline(
        durable="package",
        within_s=30.0,
        tries=4,
        code="package_overdue",
        message=f"The playlists were not written again, although that was asked for five times. {_RETRY}",
    ),
    # poster.chosen → poster.made, poster.refused
    "poster_chosen": Deadline(
        durable="poster",
        within_s=60.0,
        tries=4,
        code="poster_overdue",
        message="The poster was not made, although that was asked for five times; choose it again.",
        instead="poster.refused",
    ),
    # captions.asked → captions.made, captions.refused; late is what is neither there nor in TASKS
    "captions_asked": Deadline(
        durable="plan_speech",
        within_s=60.0,
        tries=1,
        code="transcription_overdue",
        message="What is said was not written down, although that was asked for twice; see the log of transcribe, "
        "then ask for it again.",
        instead="captions.refused",
    ),
    # version.retired → version.removed
    "retired": Deadline(
        durable="remove_version",
        within_s=60.0,
        tries=5,
        code="removal_overdue",
        message="A superseded version could not be removed, although that was asked for six times; see the log of "
        "withdraw, and whether the store answers.",
        instead="alert",
    ),
    # asset.deleted, from its time of purging on → asset.purged, asset.restored
    "deleted": Deadline(
        durable="withdraw",
        within_s=300.0,
        tries=5,
        code="purge_overdue",
        message="The asset's objects could not all be deleted; see the log of withdraw, then delete it again.",
    ),
}
