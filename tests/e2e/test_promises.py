"""What playlists and manifests promise is what lies in the store, whatever the original was."""

import pytest

from contracts.v1 import TIMELINE_ORIGIN_S
from tests import dash, hls
from tests.deliveries import KINDS, Delivery

pytestmark = pytest.mark.parametrize("kind", KINDS)


async def test_a_delivery_keeps_every_promise_of_hls(deliveries: dict[str, Delivery], kind: str) -> None:
    delivery = deliveries[kind]
    assert hls.broken_promises(delivery.objects, delivery.ready.hls_key) == []


async def test_a_delivery_keeps_every_promise_of_dash(deliveries: dict[str, Delivery], kind: str) -> None:
    delivery = deliveries[kind]
    assert dash.broken_promises(delivery.objects, delivery.ready.dash_key, TIMELINE_ORIGIN_S) == []


async def test_a_manifest_that_says_something_else_is_found_out(deliveries: dict[str, Delivery], kind: str) -> None:
    delivery = deliveries[kind]
    key = delivery.ready.dash_key
    lies = {
        b' d="': b' d="1',
        b'presentationTimeOffset="': b'presentationTimeOffset="1',
        b'mediaPresentationDuration="PT1': b'mediaPresentationDuration="PT2',
        b'bandwidth="': b'bandwidth="1" stated="',
        b'width="': b'width="1',
        b'startNumber="0"': b'startNumber="1"',
        b'segmentAlignment="true"': b'segmentAlignment="false"',
    }
    for truth, lie in lies.items():
        written = delivery.objects | {key: delivery.objects[key].replace(truth, lie)}
        assert dash.broken_promises(written, key, TIMELINE_ORIGIN_S) != [], truth
