"""How late everything is, is a metric where metrics are wanted."""

from prometheus_client import REGISTRY

from contracts.lateness import Lateness
from services.reconcile.tell import Teller
from services.runtime.settings import Settings
from tests import stories

LATE = Lateness(at=stories.NOON, overdue_s=3.5, oldest_s=9.0, unresolved=2, asset_id="a", state="probed")
NAMES = ("headrace_overdue_seconds", "headrace_oldest_unresolved_seconds", "headrace_unresolved_assets")


def test_what_is_told_is_exported_and_0_again_in_health() -> None:
    Teller(Settings()).tell(LATE)
    assert [REGISTRY.get_sample_value(name) for name in NAMES] == [None, None, None]
    teller = Teller(Settings(metrics=True))
    teller.tell(LATE)
    assert [REGISTRY.get_sample_value(name) for name in NAMES] == [3.5, 9.0, 2.0]
    teller.tell(Lateness(at=stories.NOON, overdue_s=0.0, oldest_s=0.0, unresolved=0))
    assert [REGISTRY.get_sample_value(name) for name in NAMES] == [0.0, 0.0, 0.0]
