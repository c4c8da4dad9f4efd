"""A name for every process that claims requests, and a lock that shows that the process is alive."""

import uuid
from pathlib import Path

from filelock import FileLock, Timeout


class ProcessLock:
    """A name under which a process claims requests, and a lock file of that name that it holds.

    The operating system releases the lock when the process ends, even by ``kill -9``.
    """

    def __init__(self, folder: Path) -> None:
        """Take a new name; ``folder`` holds the lock files of all processes."""
        folder.mkdir(exist_ok=True)
        self.name = uuid.uuid4().hex
        self._folder = folder
        self._lock = FileLock(folder / self.name, thread_local=False)
        self._lock.acquire()

    def alive(self, name: str) -> bool:
        """Whether the process of that name is still running; removes the lock file of one that is not."""
        if name == self.name:
            return True
        file = self._folder / name
        try:
            with FileLock(file, timeout=0):
                pass
        except Timeout:
            return True
        file.unlink(missing_ok=True)
        return False

    def close(self) -> None:
        """Give the name up."""
        self._lock.release()
        (self._folder / self.name).unlink(missing_ok=True)
