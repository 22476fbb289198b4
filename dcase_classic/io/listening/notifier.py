"""What tells at once that a file of a folder is closed: watchdog, where it is installed."""

import os
from collections.abc import Callable
from pathlib import Path

from dcase_classic.errors import ConfigError, needing


def notify_closed(folder: Path, tell: Callable[[Path], None]) -> None:
    """Call ``tell``, in a thread, with every file below ``folder`` that is closed or renamed in.

    Raises
    ------
    ConfigError
        If watchdog is not installed.
    """
    advice = "pip install 'dcase_classic[notify]'"
    with needing(ConfigError("--notify needs watchdog", advice=advice)):
        from watchdog.events import (
            FileClosedEvent,
            FileMovedEvent,
            FileSystemEvent,
            FileSystemEventHandler,
        )
        from watchdog.observers import Observer

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if isinstance(event, FileClosedEvent):
                tell(Path(os.fsdecode(event.src_path)))
            elif isinstance(event, FileMovedEvent):
                tell(Path(os.fsdecode(event.dest_path)))

    observer = Observer()
    observer.daemon = True
    observer.schedule(Handler(), str(folder), recursive=True)
    observer.start()
