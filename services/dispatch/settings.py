"""What ``dispatch`` needs to know beyond the common settings."""

from pydantic import Field

from services.runtime.settings import Settings


class DispatchSettings(Settings):
    """What tenants may use unless the table of tenants says otherwise, and how often that is read."""

    tenant_tasks: int | None = Field(
        default=None, ge=1, description="The most tasks of one tenant that are in work at once; no limit by default."
    )
    seen_work_written_s: float = Field(
        default=10.0, gt=0, description="How often it is written down how long work took lately."
    )
    tenants_poll_s: float = Field(default=5.0, gt=0, description="How often the table of tenants is read.")
