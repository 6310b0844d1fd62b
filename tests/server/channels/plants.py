"""The user's own code, as the tests of functions and objects call it."""

from __future__ import annotations

import threading

from alarum.channels.python_call import Called

seen: list[Called] = []
blocked = threading.Event()


async def water(call: Called) -> None:
    seen.append(call)
    call.state["litres"] = call.state.get("litres", 0) + 2


def dry(call: Called) -> dict[str, object]:
    seen.append(call)
    return {"state": {"dry": True}, "next": "in 30 minutes", "reason": "too dry"}


def broken(call: Called) -> None:
    seen.append(call)
    call.state["lost"] = True
    raise RuntimeError("the pump is broken")


def slow(call: Called) -> None:
    blocked.wait()


def done(call: Called) -> None:
    call.stop("wet enough")


def later(call: Called) -> None:
    if not call.is_retry:
        call.retry("10m", "the tank is filling")


class Room:
    def __init__(self) -> None:
        self.lights = 0
        self._lamp = object()

    def light(self, call: Called) -> None:
        self.lights += 1

    async def dim(self, call: Called) -> None:
        self.lights -= 1
        raise RuntimeError("no dimmer")

    def spoil(self, call: Called) -> None:
        self.lamp = object()
