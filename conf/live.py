"""Serve the site, and build and load it again whenever a file is saved."""

import os
import shutil
import socket
import sys
from pathlib import Path

CONF = Path(__file__).resolve().parent
LIVE = CONF.parent / "_build" / "live"

port = os.environ.get("PORT") or "8000"
try:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will
        probe.bind(("127.0.0.1", int(port)))
except (OSError, OverflowError, ValueError) as error:
    why = error.strerror if isinstance(error, OSError) else "no such port"
    sys.exit(f"Port {port}: {why}. Name another: make live PORT=8001")

# A build that ended halfway, as most do when one ends this, would be taken for a whole one.
shutil.rmtree(LIVE, ignore_errors=True)
watched = ["--watch", "gdcore", "--watch", "conf", "--ignore", "*/node_modules/*"]
folders = ["-c", str(CONF), "-d", str(LIVE / "doctrees"), "book", str(LIVE / "html")]
autobuild = [sys.executable, "-m", "sphinx_autobuild", "--port", port, *watched, "-n", *folders]
os.execv(sys.executable, autobuild)
