"""Where objects lie in the bucket, and which asset an upload is: pure functions of names and hashes.

``uploads/…``                     originals; whatever is written below becomes an asset
``uploads/tenants/<tenant>/…``    the same, of a tenant
``uploads/@/<tenant>/<token>/…``  originals that the gateway presigned; the asset's id is known before the upload
``assets/<asset_id>/<recipe>/…``  what was made of them, readable by everybody
``private/<asset_id>/<recipe>/…``  the same of assets whose playback is signed, readable by nobody
``…/<asset_id>/posters/…``        posters that people chose: they belong to no recipe, and outlive each
``…/<asset_id>/captions/…``       text tracks, whole: they belong to no recipe either
``posters/<asset_id>/…``          pictures on their way to become posters
``deleted/assets/…``              what a deleted asset cannot be played without, until it is restored or purged
``deleted/private/…``             the same of assets whose playback is signed
``trials/<service>``              what a service writes over and over to learn whether the store takes anything
"""

import base64
import hashlib
import re

from contracts.policies import PlaybackPolicy

UPLOADS = "uploads/"
RESERVED_UPLOADS = "uploads/@/"
TENANT_UPLOADS = "uploads/tenants/"
ASSETS = "assets/"
PRIVATE = "private/"
POSTER_UPLOADS = "posters/"
WITHDRAWN = "deleted/"
_TRIALS = "trials/"

CHOSEN_POSTERS = "posters"
"""Stands in the place of a recipe in the keys of posters that people chose."""

CAPTIONS = "captions"
"""Stands in the place of a recipe in the keys of text tracks."""

_SIGNED = "signed-"

DEFAULT_TENANT = "default"
_TENANT = "([a-z0-9-]{1,32})"

_RESERVED = re.compile(rf"{RESERVED_UPLOADS}{_TENANT}/[^/]+/[^/]+")
_TENANTS_OWN = re.compile(rf"{TENANT_UPLOADS}{_TENANT}/.+", re.DOTALL)


def is_upload(key: str) -> bool:
    """Tell whether an object is an upload: it lies below ``uploads/`` and is not a folder's marker."""
    return key.startswith(UPLOADS) and not key.endswith("/")


def reserved_key(tenant: str, token: str, name: str) -> str:
    """Return the key of an upload that the gateway signs for a tenant; ``token`` makes it unguessable."""
    return f"{RESERVED_UPLOADS}{tenant}/{token}/{name}"


def tenant_of(key: str) -> str:
    """Return whose an upload is; what lies in nobody's folder belongs to the tenant ``default``.

    A key below ``uploads/@/`` can only be written with a signature, so that its tenant cannot be forged. Whoever may
    write to the bucket itself is trusted with the folders below ``uploads/tenants/``.
    """
    found = _RESERVED.fullmatch(key) or _TENANTS_OWN.fullmatch(key)
    return found[1] if found else DEFAULT_TENANT


def asset_id_of(bucket: str, key: str, etag: str, size_bytes: int) -> str:
    """Return the id of the asset that an object is: 26 characters, safe in subjects, keys and URLs.

    The same bytes under the same key are the same asset. Below ``uploads/@/`` the key alone decides.
    """
    content = "" if key.startswith(RESERVED_UPLOADS) else f"{etag.strip(chr(34))}\0{size_bytes}"
    digest = hashlib.sha256(f"{bucket}\0{key}\0{content}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:26]


def asset_prefix(asset_id: str, recipe: str) -> str:
    """Return the prefix of everything made of an asset under a recipe, with its slash."""
    return f"{_root(recipe)}{asset_id}/{recipe}/"


def _root(recipe: str) -> str:
    return PRIVATE if recipe.startswith(_SIGNED) else ASSETS


def asset_folders(asset_id: str) -> tuple[str, ...]:
    """Return the prefixes of everything made of an asset, under whatever recipe and policy."""
    return tuple(f"{root}{asset_id}/" for root in (ASSETS, PRIVATE))


def recipe_for(policy: PlaybackPolicy, digest: str) -> str:
    """Return the recipe of outputs: it says by itself where they lie, for nothing else is known of it later."""
    return f"{_SIGNED}{digest}" if policy == "signed" else digest


def is_private(key: str) -> bool:
    """Tell whether an output is readable with a token alone."""
    return key.startswith(PRIVATE)


def init_key(asset_id: str, recipe: str, rendition: str) -> str:
    """Return the key of a rendition's initialisation segment."""
    return f"{asset_prefix(asset_id, recipe)}{rendition}/init.mp4"


def segment_key(asset_id: str, recipe: str, rendition: str, number: int) -> str:
    """Return the key of a rendition's segment ``number``, counted from 0."""
    return f"{asset_prefix(asset_id, recipe)}{rendition}/{number:05d}.m4s"


def playlist_key(asset_id: str, recipe: str, rendition: str) -> str:
    """Return the key of a rendition's media playlist."""
    return f"{asset_prefix(asset_id, recipe)}{rendition}/playlist.m3u8"


def iframes_key(asset_id: str, recipe: str, rendition: str) -> str:
    """Return the key of the playlist of a rendition's key pictures."""
    return f"{asset_prefix(asset_id, recipe)}{rendition}/iframes.m3u8"


def multivariant_key(asset_id: str, recipe: str) -> str:
    """Return the key of the playlist that a player opens."""
    return f"{asset_prefix(asset_id, recipe)}index.m3u8"


def manifest_key(asset_id: str, recipe: str) -> str:
    """Return the key of the DASH manifest."""
    return f"{asset_prefix(asset_id, recipe)}manifest.mpd"


def chapters_key(asset_id: str, recipe: str, suffix: str) -> str:
    """Return the key of an original's chapters: ``vtt`` for browsers, ``json`` for players of HLS."""
    return f"{asset_prefix(asset_id, recipe)}chapters.{suffix}"


def thumbnail_key(asset_id: str, recipe: str, name: str) -> str:
    """Return the key of a picture or storyboard file, such as ``poster.jpg``."""
    return f"{asset_prefix(asset_id, recipe)}thumbnails/{name}"


def download_key(asset_id: str, recipe: str, rung: str) -> str:
    """Return the key of a rung as one MP4 file."""
    return f"{asset_prefix(asset_id, recipe)}downloads/{rung}.mp4"


def chosen_poster_key(asset_id: str, recipe: str, edit: str) -> str:
    """Return the key of a poster that somebody chose; of ``recipe`` it needs the policy alone."""
    return f"{_root(recipe)}{asset_id}/{CHOSEN_POSTERS}/{edit}.jpg"


def captions_key(asset_id: str, policy: PlaybackPolicy, track: str, version: int, suffix: str = "vtt") -> str:
    """Return the key of one version of a text track: ``vtt``, or ``json`` with its words."""
    root = PRIVATE if policy == "signed" else ASSETS
    return f"{root}{asset_id}/{CAPTIONS}/{track}/{version}.{suffix}"


def policy_of(recipe: str) -> PlaybackPolicy:
    """Return the policy under which everything of a recipe is played."""
    return "signed" if recipe.startswith(_SIGNED) else "public"


def text_playlist_key(asset_id: str, recipe: str, track: str, version: int) -> str:
    """Return the key of the playlist of one version of a text track, cut as a recipe's pictures are."""
    return f"{asset_prefix(asset_id, recipe)}text/{track}/{version}/playlist.m3u8"


def text_segment_key(asset_id: str, recipe: str, track: str, version: int, number: int) -> str:
    """Return the key of segment ``number`` of one version of a text track, counted from 0."""
    return f"{asset_prefix(asset_id, recipe)}text/{track}/{version}/{number:05d}.vtt"


def poster_upload_key(asset_id: str, token: str) -> str:
    """Return the key under which a picture is uploaded that is to become an asset's poster."""
    return f"{POSTER_UPLOADS}{asset_id}/{token}"


def trial_key(service: str) -> str:
    """Return the key that a service writes to learn whether the store takes anything."""
    return f"{_TRIALS}{service}"


def withdrawn_key(key: str) -> str:
    """Return where an object lies while its asset is deleted."""
    return WITHDRAWN + key
