"""A server of the composed product that is there to be killed: `python -m tests.crash.door.serving FOLDER PORT`."""

from __future__ import annotations

import ctypes
import signal
import sys
from pathlib import Path

import uvicorn

from saleswright.faces.web.app import create_app
from tests.crash.door.ways import composed

if __name__ == "__main__":
    # Nobody who starts this is to leave it behind.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    app = composed()
    site = create_app(app, app.open_workspace(Path(sys.argv[1])))
    uvicorn.run(site, port=int(sys.argv[2]), log_level="error", access_log=False)
