"""Progress bars of assets: what their facts say, drawn."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.cli import words
from services.cli.progress import Progress as AssetProgress


def bars(console: Console) -> Progress:
    """Return an empty display of bars; it is a context manager."""
    return Progress(
        TextColumn("{task.description:<9}", markup=False),
        BarColumn(bar_width=32),
        TextColumn("{task.percentage:>3.0f} %", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[said]}", markup=False),
        console=console,
    )


class AssetBars:
    """Three bars of one asset: what it is, its parts, and what is made of them."""

    def __init__(self, display: Progress) -> None:
        """Draw on a display."""
        self._display = display
        self._probe = self._bar("probe", 1)
        self._encode = self._bar("encode", None)
        self._finish = self._bar("finish", 3)

    def show(self, asset: AssetProgress) -> None:
        """Draw how far the asset is."""
        if asset.probed:
            self._display.update(self._probe, completed=1, said=words.said(asset.probed))
        if asset.planned:
            self._display.update(
                self._encode,
                total=asset.planned_parts,
                completed=asset.encoded_parts,
                said=words.said(asset.planned),
            )
        made = [asset.pictured is not None, asset.packaged is not None, asset.ready is not None]
        self._display.update(self._finish, completed=sum(made), said=_outcome(asset))

    def _bar(self, name: str, total: int | None) -> TaskID:
        return self._display.add_task(name, total=total, said="")


def _outcome(asset: AssetProgress) -> str:
    if asset.failed and not asset.ready:
        return "failed"
    waited = ""
    if asset.first_at and asset.playable_at:
        waited = f" after {words.in_wait((asset.playable_at - asset.first_at).total_seconds())}"
    return f"playable{waited}" if asset.playable else ""
