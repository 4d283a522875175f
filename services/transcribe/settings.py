"""What ``transcribe`` needs to know beyond the common settings."""

import os
import resource
from pathlib import Path
from typing import Literal

from pydantic import Field, InstanceOf, field_validator

from contracts.profiles import Profile
from services.runtime import landlock
from services.runtime.frames import IDLE
from services.runtime.settings import Settings, as_described
from services.transcribe.wishes import ProfileWishes, Wishes


class TranscribeSettings(Settings):
    """Which model listens, and how."""

    whisper_model: str = Field(
        default="",
        description="A folder with a Whisper model in CTranslate2's format, a size such as small, or a name at the "
        "Hugging Face hub; without one nothing is transcribed.",
    )
    whisper_device: Literal["auto", "cpu", "cuda"] = "auto"
    whisper_compute_type: str = Field(default="", description="As CTranslate2 has it; int8 on CPUs by default.")
    whisper_language: str = Field(default="auto", description="What is spoken, as en, unless a task says it; or auto.")
    whisper_translate: bool = Field(default=False, description="Write in English, whatever is spoken.")
    whisper_hotwords: str = Field(default="", description="Names and terms that are likely to be said.")
    whisper_vad: bool = Field(default=True, description="Leave out what is no voice before the model hears it.")
    whisper_batch: int = Field(default=1, ge=1, description="Windows of 30 s that are heard together: for GPUs.")
    whisper_threads: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), ge=1)
    whisper_profiles: dict[Profile, InstanceOf[ProfileWishes]] = Field(
        default={},
        description='What a profile has otherwise: {"best": {"model": "large-v3", "batch": 4}}; also compute_type,'
        " language, translate, hotwords, vad.",
    )
    transcribe_niceness: int = Field(
        default=IDLE, ge=0, le=IDLE, description="How far it steps back; 20 leaves it what nobody else wants."
    )
    # large-v3 in float32 takes 7 GB.
    media_memory_bytes: int = Field(default=16 << 30, description="Address space of the child that listens.")

    @field_validator("whisper_profiles", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        return as_described(value, dict[Profile, ProfileWishes])

    @property
    def wishes(self) -> Wishes:
        """Return how originals are to be heard."""
        return Wishes(
            model=self.whisper_model,
            compute_type=self.compute_type,
            language=self.whisper_language,
            translate=self.whisper_translate,
            hotwords=self.whisper_hotwords,
            vad=self.whisper_vad,
            batch=self.whisper_batch,
            profiles=self.whisper_profiles,
        )

    @property
    def uses_gpu(self) -> bool:
        """Tell whether a GPU is asked for, or there is one that the child can reach: Landlock keeps it from devices."""
        reachable = landlock.abi() == landlock.NO_LANDLOCK and Path("/dev/nvidiactl").exists()
        return self.whisper_device == "cuda" or (self.whisper_device == "auto" and reachable)

    @property
    def compute_type(self) -> str:
        """Return how the model computes."""
        return self.whisper_compute_type or ("default" if self.uses_gpu else "int8")

    @property
    def address_space_bytes(self) -> int:
        """Return how much address space the child may use; GPUs map all of theirs."""
        return resource.RLIM_INFINITY if self.uses_gpu else self.media_memory_bytes
