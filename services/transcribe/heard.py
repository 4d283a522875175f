"""What is asked of the child that listens, and what it answers."""

import msgspec


class Model(msgspec.Struct, frozen=True):
    """A Whisper model: the folder where it lies, and how it is run; ``threads`` are of the processor."""

    folder: str
    device: str
    compute_type: str
    threads: int


class NoModel(msgspec.Struct, frozen=True):
    """There is no model: no fault of the task, which nobody has to look at; the asset can do without."""

    message: str
    code: str = "no_model"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be heard: the audio stream ``stream_index`` from ``from_s`` to ``duration_s`` of the asset's timeline.

    ``timeline_start_s`` is its beginning on the source's clock. ``language`` is Whisper's code of one, or empty: found
    out where the first words are. With ``batch`` pieces of 30 s are heard so many at a time; what is finished is told
    every ``window_s`` at the latest.
    """

    model: Model
    stream_index: int
    timeline_start_s: float
    duration_s: float
    from_s: float = 0.0
    language: str = ""
    translate: bool = False
    beam_size: int = 5
    hotwords: str = ""
    vad: bool = True
    batch: int = 1
    window_s: float = 600.0


class Word(msgspec.Struct, frozen=True):
    """One word with the space before it, if its script has any; times in seconds on the asset's timeline."""

    start_s: float
    end_s: float
    text: str
    confidence: float


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard in one piece of the sound; ``peak`` is its loudest sample, of 1.

    Without words, ``language`` is empty.
    """

    start_s: float
    end_s: float
    peak: float
    words: list[Word]
    language: str = ""
    language_probability: float = 0.0
