"""The one child that listens: it is started for the first task, and keeps its model for those that follow.

A task with another model has another child, and the one before is ended: there is memory for one model at a time.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement, port_of
from services.runtime.kept_child import KeptChild
from services.transcribe.heard import Model, NoModel, Order, Window
from services.transcribe.media.listen import listen
from services.transcribe.model import model_folder, readable
from services.transcribe.settings import TranscribeSettings
from services.transcribe.wishes import Wishes

PATIENCE_S = 14_400.0
"""How long ten minutes of sound may take: a large model on a processor that others want takes most of it."""


class Listener:
    """Hears originals, one after another."""

    def __init__(self, settings: TranscribeSettings) -> None:
        """Start nothing yet."""
        self._settings = settings
        self._folders: dict[str, Path] = {}
        self._model: Model | None = None
        self._child: KeptChild | None = None

    async def model(self, wishes: Wishes) -> Model | NoModel:
        """Return the model that will listen."""
        folder = self._folders.get(wishes.model) or await model_folder(wishes.model)
        if isinstance(folder, NoModel):
            return folder
        self._folders[wishes.model] = folder
        device = "cuda" if self._settings.uses_gpu else "cpu"
        return Model(str(folder), device, wishes.compute_type, self._settings.whisper_threads)

    async def hear(self, url: str, order: Order) -> AsyncGenerator[Window, None]:
        """Yield what is heard in the original at a URL, window by window; raises like ``KeptChild.stream``.

        Nothing else may be heard meanwhile.
        """
        child = await self._with(order.model)
        async with aclosing(child.stream(listen, url, order, patience_s=PATIENCE_S)) as heard:
            async for window in heard:
                yield window

    async def close(self) -> None:
        """Listen no more."""
        before, self._child = self._child, None
        if before is not None:
            await before.close()

    async def _with(self, model: Model) -> KeptChild:
        if self._child is None or model != self._model:
            await self.close()
            self._model, self._child = model, self._started(Path(model.folder))
        return self._child

    def _started(self, folder: Path) -> KeptChild:
        settings = self._settings
        confinement = Confinement(ports=[port_of(settings.store_url)], readable=readable(folder))
        children = MediaChildren(
            "services.transcribe.media.listen",
            memory_bytes=settings.media_memory_bytes,
            confinement=confinement,
        )
        return KeptChild(children, memory_bytes=settings.address_space_bytes, niceness=settings.transcribe_niceness)
