"""Typed settings, read once per process from ``HEADRACE_*`` environment variables."""

from typing import Literal, TypeVar

import msgspec
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.room import shared_bytes

T = TypeVar("T")


def as_described(value: object, described: type[T]) -> T:
    """Return what a setting of JSON holds, for a validator: structs know what they have, and refuse what they do not.

    Raises: ValueError: it is something else.
    """
    try:
        return msgspec.convert(value, described)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


class Settings(BaseSettings):
    """What every process needs to know; a service's own settings extend this class."""

    model_config = SettingsConfigDict(env_prefix="HEADRACE_", frozen=True, extra="ignore")

    nats_url: str = "nats://127.0.0.1:4222"
    nats_user: str | None = None
    nats_password: SecretStr | None = None

    store_url: str = "http://127.0.0.1:8333"
    store_region: str = "us-east-1"
    store_access_key: str = ""
    store_secret_key: SecretStr = SecretStr("")
    store_public_url: str | None = Field(
        default=None, description="Base URL under which readers reach /<bucket>/<key>; the store's own by default."
    )
    bucket: str = "media"

    database_url: SecretStr = SecretStr("postgresql://127.0.0.1:5432/headrace")

    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8080
    gateway_public_url: str | None = Field(
        default=None, description="Base URL under which players and apps reach the gateway; host and port by default."
    )
    cdn_url: str | None = Field(
        default=None,
        description="Base URL under which a CDN has the bucket's keys; players go to the store by default.",
    )
    events_heartbeat_s: float = Field(default=15.0, gt=0, description="How long a stream of events may be silent.")
    events_stream_s: float = Field(
        default=300.0, gt=0, description="How long a stream of events lasts; who may still listen comes back."
    )
    events_listeners: int = Field(default=200, description="Streams of events that one gateway serves at a time.")
    events_listeners_per_tenant: int = Field(default=50, description="Of these, streams of one tenant.")

    webhooks_per_tenant: int = Field(default=20, ge=1, description="Webhooks that one tenant may have.")

    rate_limit_per_s: float = Field(default=100.0, gt=0, description="Requests of one key or user on one route.")
    rate_limit_burst: int = Field(default=200, ge=1, description="As many at once after a rest.")
    playback_rate_limit_per_s: float = Field(
        default=500.0, gt=0, description="Playlists and segments of signed assets, of one address at one gateway."
    )
    cors_origins: str = Field(default="", description="Origins of pages that may ask the gateway, or *; with commas.")

    embed_ancestors: str = Field(
        default="*", description="Origins of pages that may show `/embed/…` in a frame, with spaces; * for all."
    )
    watermark_text: str = Field(default="", description="What players of the page and of `/embed/…` show as a mark.")
    watermark_image: str = Field(default="", description="The same as a picture: its URL, where outputs lie.")
    watermark_position: Literal["top-left", "top-right", "bottom-left", "bottom-right", "center"] = "top-right"
    watermark_opacity: float = Field(default=0.6, ge=0, le=1)
    watermark_size: float = Field(default=0, ge=0, le=100, description="In % of the picture's width; 0: as is usual.")

    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, description="Port of /healthz and /metrics; 0 takes a free one.")

    log_format: Literal["text", "json"] = "text"
    log_level: str = "INFO"
    metrics: bool = False
    otlp_endpoint: str | None = None

    upload_max_bytes: int = Field(
        default=5 << 40, description="The largest original; what S3 allows an object to be, unless it is less."
    )
    upload_types: tuple[str, ...] = Field(
        default=("*/*",), description="MIME types of originals, as patterns: what is probed decides, by default."
    )
    upload_idle_s: float = Field(default=3600.0, description="How long an upload waits for its sender.")
    egress_private: bool = Field(
        default=False, description="Let URLs that users name lead into private networks: for tests and development."
    )

    alert_cooldown_s: float = Field(default=300.0, description="The same alert is raised once in this time.")

    disk_folders: str = Field(
        default="",
        description="Folders with room for work to be taken, with colons between; the stack's own.",
    )
    disk_least_free_bytes: int = Field(default=2 << 30, description="How much room that is.")

    media_shared_bytes: int = Field(
        default_factory=shared_bytes,
        description="Memory that large media work of one process shares; 70 % of the machine's by default.",
    )
    media_memory_bytes: int = Field(default=4 << 30, description="Address space that one media child may use.")

    @property
    def public_url(self) -> str:
        """Return the base URL that players and browsers use."""
        return (self.store_public_url or self.store_url).rstrip("/")

    @property
    def outputs_url(self) -> str:
        """Return the base URL below which players find what everybody may read."""
        return self.cdn_url.rstrip("/") if self.cdn_url else f"{self.public_url}/{self.bucket}"

    @property
    def gateway_url(self) -> str:
        """Return the base URL of the gateway, as players and apps see it."""
        return (self.gateway_public_url or f"http://{self.gateway_host}:{self.gateway_port}").rstrip("/")
