"""Settings from an environment are what a process reads from its own."""

import pytest

from infra.local.settings import settings_from
from services.runtime.settings import Settings

ENVIRONMENT = {
    "HEADRACE_UPLOAD_TYPES": '["video/*", "audio/*"]',
    "HEADRACE_NATS_URL": "nats://nats.example:4222",
    "HEADRACE_DISK_LEAST_FREE_BYTES": "1000",
    "HEADRACE_FILER_GRPC": "a service's own",
    "HOME": "/nowhere",
}


def test_lists_and_numbers_are_read_as_a_process_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    stated = settings_from(ENVIRONMENT)
    assert stated == Settings()
    assert (stated.upload_types, stated.disk_least_free_bytes) == (("video/*", "audio/*"), 1000)
