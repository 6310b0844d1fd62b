"""Run in a process of its own: a store on a disk that is full or cannot sync, by replacing what SQLite calls.

Arguments: the database, and "full" or "fsync". Prints the error of the write that failed, and which writes were kept.
"""

from __future__ import annotations

import _sqlite3
import asyncio
import ctypes
import errno
import sqlite3
import sys
from datetime import datetime, timezone

from alarum_store import SqliteStore, StoreError, Task

lib = ctypes.CDLL(_sqlite3.__file__)
lib.sqlite3_vfs_find.restype = ctypes.c_void_p
WRITE = ctypes.CFUNCTYPE(
    ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64, use_errno=True
)


class Vfs(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int),
        ("file", ctypes.c_int),
        ("path", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        *((f"f{n}", ctypes.c_void_p) for n in range(12)),
        ("time64", ctypes.c_void_p),
        ("set_call", ctypes.c_void_p),
    ]


vfs = lib.sqlite3_vfs_find(None)
set_call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    Vfs.from_address(vfs).set_call
)
broken = False
libc = ctypes.CDLL(None, use_errno=True)


def fail(code: int) -> int:
    ctypes.set_errno(code)
    return -1


libc.pwrite64.restype = ctypes.c_ssize_t
libc.pwrite64.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64]


@WRITE  # type: ignore[untyped-decorator]
def write(fd: int, data: int, size: int, offset: int) -> int:
    return fail(errno.ENOSPC) if broken and sys.argv[2] == "full" else libc.pwrite64(fd, data, size, offset)


done = [set_call(vfs, name, ctypes.cast(write, ctypes.c_void_p)) for name in (b"pwrite64", b"pwrite")]
assert 0 in done, done
SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
JOURNAL_POINTER, IOERR_FSYNC = 28, 1034
kept: list[object] = []


def break_sync(db: sqlite3.Connection) -> None:
    """The log's own sync reports what a disk reports that could not write it."""
    handle, file = ctypes.c_void_p.from_address(id(db) + 16), ctypes.c_void_p()
    lib.sqlite3_file_control(handle, b"main", JOURNAL_POINTER, ctypes.byref(file))
    methods = ctypes.c_void_p.from_address(file.value or 0)
    copy = (ctypes.c_void_p * 19)()
    ctypes.memmove(copy, methods.value or 0, ctypes.sizeof(copy))
    real = SYNC(copy[5] or 0)
    sync = SYNC(lambda f, flags: IOERR_FSYNC if broken else real(f, flags))
    copy[5] = ctypes.cast(sync, ctypes.c_void_p).value
    kept.extend((copy, sync))
    methods.value = ctypes.addressof(copy)


at = datetime(2026, 11, 20, tzinfo=timezone.utc)


def task(name: str) -> Task:
    return Task(name, "x", "{}", "UTC", "", "once", "active", at, at)


async def main() -> None:
    global broken
    store = await SqliteStore.open(sys.argv[1])
    await store.tasks.add(task("before"))
    if sys.argv[2] == "fsync":
        await store._db.write(break_sync)
    broken = True
    try:
        await store.tasks.add(task("during"))
        print("no error")
    except StoreError as why:
        print(why)
    broken = False
    await store.tasks.add(task("after"))
    print([bool(await store.tasks.get(name)) for name in ("before", "during", "after")])
    await store.close()


asyncio.run(main())
