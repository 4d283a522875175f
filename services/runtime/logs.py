"""Structured logs: every line carries the service, and the asset and correlation id of the message at hand."""

import json
import logging
import sys
from datetime import UTC, datetime

from services.runtime import trace
from services.runtime.settings import Settings


def _fields(record: logging.LogRecord, service: str) -> dict[str, str]:
    fields = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "service": service,
        "message": record.getMessage(),
    }
    if (at_hand := trace.current.get()) is not None:
        fields["asset_id"] = at_hand.asset_id or "-"
        fields["correlation_id"] = at_hand.correlation_id
    return fields


class JsonFormatter(logging.Formatter):
    """Write a record as one JSON object a line."""

    def __init__(self, service: str) -> None:
        """Name the service that every line carries."""
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        fields = _fields(record, self.service)
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Write a record as one line for eyes, the traceback below it."""

    def __init__(self, service: str) -> None:
        """Name the service that every line carries."""
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        fields = _fields(record, self.service)
        message = fields.pop("message")
        line = " ".join([*fields.values(), message])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure_logs(service: str, settings: Settings) -> logging.Logger:
    """Set up the process's logging and return the service's logger."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service) if settings.log_format == "json" else TextFormatter(service))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return logging.getLogger(f"headrace.{service}")
