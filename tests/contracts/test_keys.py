"""Whose an upload is, by its key."""

import pytest

from contracts.keys import asset_id_of, is_upload, reserved_key, tenant_of


@pytest.mark.parametrize(
    ("key", "tenant"),
    [
        ("uploads/clip.mp4", "default"),
        ("uploads/deep/er/clip.mp4", "default"),
        ("uploads/@/acme/token/clip.mp4", "acme"),
        ("uploads/@/a-1/token/line\nbreak.mp4", "a-1"),
        ("uploads/tenants/acme/clip.mp4", "acme"),
        ("uploads/tenants/acme/deep/er/line\nbreak.mp4", "acme"),
        # Keys of before there were tenants, and what is no tenant's name.
        ("uploads/@/token/clip.mp4", "default"),
        ("uploads/@/acme/token/", "default"),
        ("uploads/@/acme/token/deep/clip.mp4", "default"),
        ("uploads/@/Acme/token/clip.mp4", "default"),
        ("uploads/@/acme\n/token/clip.mp4", "default"),
        ("uploads/tenants/acme", "default"),
        ("uploads/tenants/acme/", "default"),
        ("uploads/tenants/ac.me/clip.mp4", "default"),
        (f"uploads/tenants/{'a' * 33}/clip.mp4", "default"),
        ("uploads/tenants/*/clip.mp4", "default"),
    ],
)
def test_a_key_says_whose_it_is(key: str, tenant: str) -> None:
    assert tenant_of(key) == tenant


def test_a_reserved_key_is_its_tenants_upload_whatever_its_content() -> None:
    key = reserved_key("acme", "token", "clip.mp4")
    assert (tenant_of(key), is_upload(key)) == ("acme", True)
    assert asset_id_of("media", key, "one", 1) == asset_id_of("media", key, "other", 2)
    assert asset_id_of("media", key, "", 0) != asset_id_of("media", reserved_key("umbra", "token", "clip.mp4"), "", 0)
