"""The one child that listens: it is started for the first task, and keeps its model for those that follow."""

from collections.abc import AsyncGenerator
from pathlib import Path

from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement, port_of
from services.runtime.kept_child import KeptChild
from services.transcribe.heard import Model, NoModel, Order, Window
from services.transcribe.media.listen import listen
from services.transcribe.model import model_folder, readable
from services.transcribe.settings import TranscribeSettings

PATIENCE_S = 14_400.0
"""How long ten minutes of sound may take: a large model on a processor that others want takes most of it."""


class Listener:
    """Hears originals, one after another."""

    def __init__(self, settings: TranscribeSettings) -> None:
        """Start nothing yet."""
        self._settings = settings
        self._folder: Path | None = None
        self._child: KeptChild | None = None

    async def model(self) -> Model | NoModel:
        """Return the model that will listen."""
        settings = self._settings
        if self._folder is None:
            found = await model_folder(settings.whisper_model)
            if isinstance(found, NoModel):
                return found
            self._folder = found
        device = "cuda" if settings.uses_gpu else "cpu"
        return Model(str(self._folder), device, settings.compute_type, settings.whisper_threads)

    def hear(self, url: str, order: Order) -> AsyncGenerator[Window, None]:
        """Yield what is heard in the original at a URL, window by window; raises like ``KeptChild.stream``."""
        if self._child is None:
            self._child = self._started(Path(order.model.folder))
        return self._child.stream(listen, url, order, patience_s=PATIENCE_S)

    async def close(self) -> None:
        """Listen no more."""
        if self._child is not None:
            await self._child.close()

    def _started(self, folder: Path) -> KeptChild:
        settings = self._settings
        confinement = Confinement(ports=[port_of(settings.store_url)], readable=readable(folder))
        children = MediaChildren(
            "services.transcribe.media.listen",
            memory_bytes=settings.media_memory_bytes,
            confinement=confinement,
        )
        return KeptChild(children, memory_bytes=settings.address_space_bytes, niceness=settings.transcribe_niceness)
