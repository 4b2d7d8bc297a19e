"""Ends a build at a change of a file, as `kill -9` does. Python finds this by its name."""

import os
import re
import signal
import sys

BUILD, LOG, AT = (os.environ[f"FATAL_{name}"] for name in ("BUILD", "LOG", "AT"))
CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "sqlite3.connect"}
done = 0


def note(event: str, arguments: tuple) -> None:
    """Write each change of the folder of builds into the log, with its number."""
    global done
    writes = event == "open" and set("wax+") & set(str(arguments[1]))
    if (writes or event in CHANGES) and str(arguments[0]).startswith(BUILD):
        done += 1
        change = f"{done} {event} {arguments[0]}"
        if re.search(AT, change):
            os.killpg(0, signal.SIGKILL)
        with open(LOG, "a") as log:
            log.write(f"{change}\n")


sys.addaudithook(note)
