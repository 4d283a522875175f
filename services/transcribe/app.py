"""The ``transcribe`` process: consumes task ``transcribe.audio``, produces ``captions.made``, ``captions.refused``."""

from services.runtime.service import Service, run
from services.transcribe.answer import captions_refused
from services.transcribe.handler import transcribe_audio
from services.transcribe.listener import Listener
from services.transcribe.progress import Progress
from services.transcribe.settings import TranscribeSettings


def build(settings: TranscribeSettings) -> Service:
    """Wire the service; an asset can do without a transcript."""
    service = Service("transcribe", settings)
    service.on("TASKS", "transcribe", transcribe_audio, otherwise=captions_refused)
    listener = Listener(settings)
    service.provide(listener=listener, wishes=settings.wishes, progress=Progress(service.broker))
    service.app.after_shutdown(listener.close)
    return service


def main() -> None:
    """Run the service."""
    run(build, TranscribeSettings)


if __name__ == "__main__":
    main()
