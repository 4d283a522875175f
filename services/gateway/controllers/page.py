"""The web page: its documents, one for each address that people see, and the files that they load."""

from typing import Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.gateway.etags import matches
from services.gateway.pages import PageFile, PageFiles, security_policy
from services.gateway.principal import PUBLIC
from services.gateway.refusals import Refused
from services.runtime.settings import Settings


class PageController(Controller):
    """Serves what browsers show; who looks is asked for credentials by the API alone."""

    opt = PUBLIC
    include_in_schema = False

    @get(["/", "/assets/{asset_id:str}", "/operations", "/sign-in"])
    async def show_page(
        self,
        request: Request[Any, Any, Any],
        page_files: NamedDependency[PageFiles],
        settings: NamedDependency[Settings],
    ) -> Response[bytes]:
        """Send the document that shows all of Headrace; its script looks at the address."""
        policy = security_policy(settings, frame_ancestors="'none'")
        return _answer(request, page_files.named("index.html"), {"Content-Security-Policy": policy})

    @get("/embed/{playback_id:str}")
    async def show_player(
        self,
        request: Request[Any, Any, Any],
        page_files: NamedDependency[PageFiles],
        settings: NamedDependency[Settings],
    ) -> Response[bytes]:
        """Send the document that other pages show in a frame: a player and nothing else."""
        policy = security_policy(settings, frame_ancestors=settings.embed_ancestors)
        return _answer(request, page_files.named("embed.html"), {"Content-Security-Policy": policy})

    @get("/static/{name:path}")
    async def send_file(
        self, request: Request[Any, Any, Any], name: FromPath[str], page_files: NamedDependency[PageFiles]
    ) -> Response[bytes]:
        """Send a script, a style sheet or a picture."""
        return _answer(request, page_files.named(name.removeprefix("/")), {})


def _answer(request: Request[Any, Any, Any], file: PageFile | None, extra: dict[str, str]) -> Response[bytes]:
    if file is None:
        raise Refused(404, "page_file_missing", "There is no such file; load the page anew.")
    headers = file.headers | extra | {"Referrer-Policy": "same-origin"}
    known = request.headers.get("if-none-match")
    if known is not None and matches(known, file.etag):
        return Response(b"", status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.compressed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.body, media_type=file.media_type, headers=headers)
