"""A Python client of Headrace: uploads that resume, and imports.

>>> async with Headrace("http://127.0.0.1:8080", key) as headrace:  # doctest: +SKIP
...     uploaded = await headrace.upload(Path("film.mp4"), on_progress=print)
"""

from services.client.client import Headrace, Uploaded
from services.client.errors import ClientError, FileChanged, Refused, Unavailable
from services.client.progress import Progress

__all__ = ["ClientError", "FileChanged", "Headrace", "Progress", "Refused", "Unavailable", "Uploaded"]
