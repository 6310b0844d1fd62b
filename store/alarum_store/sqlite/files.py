"""What surrounds a database file: who holds it, whether it is still there, and where it may not be."""

from __future__ import annotations

import contextlib
import glob
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from alarum_store.errors import StoreError

if sys.platform != "win32":  # there, claims of a process that died come back when their lease ends
    import fcntl

# WAL needs shared memory and honest locks, which these do not give (sqlite.org/wal.html, sqlite.org/howtocorrupt.html).
_NETWORK = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs")
)


class OwnerLock:
    """A lock file per alarm loop beside the database. The system drops the lock when its process dies, however it does."""

    def __init__(self, database: Path, owner: str) -> None:
        self._path = lock_path(database, owner)
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if sys.platform != "win32":
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def give_up(self) -> None:
        """Let others see that this loop rings no more; the file stays, as that of a process that died."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink()
        self.give_up()


def lock_path(database: Path, owner: str) -> Path:
    return database.with_name(f"{database.name}-loop-{owner}")


def is_dead(database: Path, owner: str) -> bool:
    """Whether the process of an alarm loop is gone. False where that cannot be told: then its lease decides."""
    if sys.platform == "win32":
        return False
    try:
        fd = os.open(lock_path(database, owner), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def forget_lock(database: Path, owner: str) -> None:
    """Remove the lock file of a loop that is dead."""
    with contextlib.suppress(OSError):
        lock_path(database, owner).unlink()


class FileGuard:
    """Tells when an open database is no longer the file at its path, or this is another process than the one that opened it.

    Its log and its shared memory are parts of it: what is in a log that was removed is gone with the last process.
    """

    def __init__(self, path: Path) -> None:
        self._paths = (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm"))
        self._process = os.getpid()
        self._files = [_file(one) for one in self._paths]

    def check(self) -> None:
        """Raises StoreError when what is written would be lost."""
        if os.getpid() != self._process:
            raise StoreError("this store was opened before a fork; open it again in the new process")
        for n, path in enumerate(self._paths):
            now, known = _file(path), self._files[n]
            if known is None:
                self._files[n] = now  # the log is made by the first who writes
            elif now != known:
                what, whole = "replaced" if now else "removed", "" if n == 0 else ", which is part of the database,"
                raise StoreError(
                    f"{'the database ' if n == 0 else ''}{path}{whole} was {what} while it was in use, and what is written now would be lost; "
                    "restart alarum, with a backup in its place if there is one"
                )


def _file(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make_private(database: Path) -> None:
    """Make a new database and its folders readable by their owner alone; those that are there stay as they are."""
    missing = [folder for folder in database.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(database, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


@contextlib.contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """A new file, readable by its owner alone, that is put at `path` once it is whole and on disk; else it is removed."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    _remove(path.parent.glob(f".{glob.escape(path.name)}.*.new*"))  # of a process that was killed
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    try:
        yield new
        for one in (new, path.parent):
            descriptor = os.open(one, os.O_RDONLY | os.O_CLOEXEC)
            os.fsync(descriptor)
            os.close(descriptor)
            if one == new:
                os.replace(new, path)
    finally:
        _remove([new, new.with_name(f"{new.name}-journal")])


def _remove(files: Iterable[Path]) -> None:
    for file in list(files):
        file.unlink(missing_ok=True)


_SURE = 2.0  # seconds after which a file's time of change tells a later change; some keep it to the second


def change_marker(log: Path, now: float) -> object:
    """Size and time of a write-ahead log, which every commit changes; something new while that cannot be told yet."""
    try:
        found = os.stat(log)
    except OSError:
        return object()
    return object() if abs(now - found.st_mtime) < _SURE else (found.st_size, found.st_mtime_ns)


def file_system(path: Path, mounts: Iterable[str]) -> str:
    """The kind of file system that holds `path`, by the lines of /proc/mounts; "" when it is not known."""
    best, kind = "", ""
    for line in mounts:
        fields = line.split(" ")
        if len(fields) > 2:
            point = fields[1].replace("\\040", " ")
            inside = path.is_relative_to(point)
            if inside and len(point) >= len(best):
                best, kind = point, fields[2]
    return kind


def refuse_network(path: Path, mounts: Iterable[str] | None = None) -> None:
    """Raises StoreError for a database on a network file system."""
    if mounts is None:
        try:
            mounts = Path("/proc/mounts").read_text().splitlines()
        except OSError:
            return
    kind = file_system(path.resolve(), mounts)
    if kind in _NETWORK:
        raise StoreError(
            f"{path} is on a network file system ({kind}), where SQLite loses data when two machines write; "
            "put the database on a local disk, for example --db /var/lib/alarum/alarum.db"
        )
