"""Finding the model: a folder as it is, or what the Hugging Face hub has under a name, fetched once.

The hub's client runs in a process of its own, without our credentials. Runs as ``python -m services.transcribe.model
NAME``, and prints the folder.
"""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from services.transcribe.heard import NoModel

_FILE = "model.bin"
_WHAT_TO_DO = (
    "name a folder with a Whisper model in CTranslate2's format in HEADRACE_WHISPER_MODEL, start Headrace anew and "
    "retry the asset from `transcribe`"
)

_log = logging.getLogger("headrace.transcribe")


async def model_folder(name: str) -> Path | NoModel:
    """Return the folder of a model, or what to do where there is none."""
    if not name:
        return NoModel(f"There is no model to transcribe with; {_WHAT_TO_DO}.")
    folder = _folder(name) or await _fetched(name)
    if folder is None:
        message = (
            f"The model {name} is neither here nor to be had from the hub; connect this machine, or {_WHAT_TO_DO}."
        )
        return NoModel(message)
    if not (folder / _FILE).is_file():
        return NoModel(f"There is no Whisper model in {folder}; {_WHAT_TO_DO}.")
    return folder.resolve()


def readable(folder: Path) -> list[str]:
    """Return where a model's files lie: those of the hub are links to others."""
    return sorted({str(folder), *(str(file.resolve().parent) for file in folder.iterdir())})


def _folder(name: str) -> Path | None:
    folder = Path(name).expanduser()
    return folder if folder.is_dir() or folder.is_absolute() else None


async def _fetched(name: str) -> Path | None:
    environment = {variable: value for variable, value in os.environ.items() if not variable.startswith("HEADRACE_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.transcribe.model", name, stdout=PIPE, stderr=PIPE, env=environment
    )
    try:
        printed, complaints = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        _log.warning("the model %s cannot be had: %s", name, complaints.decode(errors="replace").strip()[-500:])
        return None
    return Path(printed.decode().strip().splitlines()[-1])


def main() -> None:
    """Fetch a model, unless it is here already, and print its folder."""
    from faster_whisper import download_model  # noqa: PLC0415 (the service itself does without it)

    print(download_model(sys.argv[1]))


if __name__ == "__main__":
    main()
