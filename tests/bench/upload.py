"""``task bench:upload``: a sparse file of 2 GB through the client, killed twice: what was sent, what memory it took.

``-- SIZE`` takes another size in bytes. Needs as much room on the disk as the file is long.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from infra.local.stack import embedded
from services.runtime.multipart import PART_BYTES
from services.runtime.store import Store
from tests.resuming import finish, killed_once, own_gateway, sparse_file
from tests.servers import chosen_servers

_SIZE_BYTES = 2_000_000_000
_KILLED_AT = (0.25, 0.6)


async def run(size_bytes: int, folder: Path) -> None:
    """Upload, kill, resume, and print a line for each."""
    count = -(-size_bytes // PART_BYTES)
    async with (
        chosen_servers() as environment,
        embedded(folder / "stack", environment=environment) as stack,
        own_gateway(stack) as gateway,
        Store.connect(stack.settings) as store,
    ):
        small = sparse_file(folder / "small.mp4", 1)
        await finish(gateway, stack.admin_key, small, folder / "state", None)
        before_bytes = gateway.peak_bytes
        path = sparse_file(folder / "large.mp4", size_bytes)
        started = time.monotonic()
        held: dict[int, object] = {}
        for share in _KILLED_AT:
            _, now = await killed_once(
                gateway, stack.admin_key, path, folder, store, at_parts=max(len(held) + 1, int(count * share))
            )
            assert all(now[number] == part for number, part in held.items()), "a stored part was sent again"
            held = dict(now)
            print(f"killed with {len(held)} of {count} parts stored")
        uploaded, sent = await finish(gateway, stack.admin_key, path, folder / "headrace" / "uploads", None)
        elapsed_s = time.monotonic() - started
        assert sorted(sent) == sorted(set(range(1, count + 1)) - set(held)), "other parts than the missing were sent"
        print(f"the last run sent {len(sent)} parts; asset {uploaded.asset_id}, {elapsed_s:.1f} s in all")
        grown_bytes = gateway.peak_bytes - before_bytes
        print(f"the gateway's peak memory grew by {grown_bytes / 1e6:.1f} MB to {gateway.peak_bytes / 1e6:.1f} MB")


def main() -> None:
    """Run the benchmark in a folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else _SIZE_BYTES, Path(folder)))


if __name__ == "__main__":
    main()
