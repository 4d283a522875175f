"""A service for tests of the supervisor: well at once, with a child of its own; some do not heed SIGTERM."""

import http.server
import os
import signal
import subprocess
import sys


class Health(http.server.BaseHTTPRequestHandler):
    """Answers that all is well."""

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it)
        """Say nothing."""


def main() -> None:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    if os.environ.get("STUBBORN") == "1":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(f"started as {__name__} with {os.environ['HEADRACE_NATS_URL']}", flush=True)
    http.server.HTTPServer(("127.0.0.1", int(os.environ["HEADRACE_HEALTH_PORT"])), Health).serve_forever()


if __name__ == "__main__":
    main()
