"""What the service `notify` needs to know."""

from pydantic import Field

from services.runtime.settings import Settings


class NotifySettings(Settings):
    """Settings of webhooks and alerts."""

    webhook_senders: int = Field(default=16, description="Requests that one process makes at a time.")
    webhook_senders_per_endpoint: int = Field(default=4, description="Of these, requests to one endpoint.")
    webhook_senders_per_tenant: int = Field(
        default=8, description="Of these, requests to all endpoints of one tenant, so that others have their turn."
    )
    webhook_timeout_s: float = Field(default=15.0, description="How long an endpoint may take to answer.")
    webhook_first_retry_s: float = Field(default=5.0, description="Pause after a first failure; it doubles then.")
    webhook_longest_retry_s: float = Field(default=3600.0, description="The longest pause.")
    webhook_retry_for_s: float = Field(default=86_400.0, description="How long one event is tried.")
    webhook_disable_after_s: float = Field(
        default=3 * 86_400.0, description="How long an endpoint may fail without a success before it is disabled."
    )
    webhook_poll_s: float = Field(default=0.5, description="How often the queue is looked at while it is empty.")
    webhook_allow_private: bool = Field(default=False, description="Deliver to private networks; for development.")
    alert_silent_after_s: float = Field(default=30.0, description="How long a service may not answer pings.")
