"""Slots to one moment: which day, which hour, and every assumption that choosing them took."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

from alarum_nlp.resolve.day import NAMES, Days, add_months, add_workdays
from alarum_nlp.resolve.slots import ClockTime, Day, Duration, Impossible, Slots
from alarum_nlp.rule.wall_clock import exact, local, wall


class Past(ValueError):
    """The words name a moment that is over; `args[1]` holds words for the nearest one ahead."""


def clock_time(text: str) -> time:
    """ "09:00" as a time of day."""
    return time.fromisoformat(text)


class Moment(Days):
    """Chooses a day and a time of day for `slots`, seen from `now` (naive local time)."""

    # -- time of day ---------------------------------------------------------------------------------------------

    def part_time(self, name: str) -> time:
        if name == "same time":
            return self.now.time().replace(second=0, microsecond=0)
        parts = self.conventions.parts
        shift = 0
        if name.startswith(("early ", "late ")):
            shift = -1 if name.startswith("early") else 1
            name = name.split(" ", 1)[1]
        table = {"midmorning": "10:00", "midafternoon": "14:30", "breakfast": "08:00", **parts}
        base = clock_time(table.get(name, self.conventions.default_time))
        hour = min(23, max(0, base.hour + shift * (2 if name == "morning" and shift > 0 else 1)))
        return base.replace(hour=hour)

    def times(self, s: Slots, today: bool) -> list[tuple[time, int]]:
        """Times of day with the days they lie after the named day (midnight ends its day). Empty when none is said."""
        said = {c.part for c in s.clocks}
        listed = len(s.parts) > 1 and bool(s.clocks) and (any(said) or all(c.words for c in s.clocks))
        alone = [p for p in s.parts if p not in said and p != "end of day"] if listed else []
        whole = s.parts[0] if s.parts and not listed else ""
        found = [self.pick(c, (c.part or whole).split(" ")[-1], today) for c in s.clocks]
        for text in alone if s.clocks else s.parts:
            t = self.part_time(text)
            self.assumed.append(f"read '{text}' as {t:%H:%M}")
            found.append((t, 0))
        return found

    def pick(self, c: ClockTime, part: str = "", today: bool = False) -> tuple[time, int]:
        """A clock said with a part of the day, and the days it lies after the named day; am or pm is chosen and named."""
        if c.words == "midnight":
            return c.at(), 1
        if part in ("tonight", "night") and c.hour in (12, 0) and not (c.fixed and c.hour == 12):
            return c.at(0), 1
        if c.fixed and (part in ("evening", "afternoon") and 0 < c.hour < 12 or part == "morning" and c.hour >= 12):
            raise Impossible(f"{c.hour:02}:{c.minute:02} is not in the {part}; omit one of them")
        if c.fixed:
            return c.at(), 1 if part in ("tonight", "night") and c.hour < 7 else 0
        noonish = {"afternoon": (1, 7), "midafternoon": (1, 7), "lunch": (1, 4), "evening": (4, 11)}.get(part)
        if noonish and not noonish[0] <= c.hour <= noonish[1] and c.hour < 12:
            raise Impossible(f"{c.hour} is not in the {part}; say for example 'at {c.hour} am' or 'at {c.hour} pm'")
        if part == "evening" and c.hour == 12:
            raise Impossible("12 is not in the evening; say 'midnight' or 'noon'")
        if part in ("morning", "midmorning", "breakfast"):
            return c.at(0 if c.hour == 12 else c.hour), 0
        if part in ("night", "tonight") and c.hour < 5:
            return c.at(), 1
        if part in ("afternoon", "evening", "night", "tonight", "midafternoon", "lunch"):
            return c.at(c.hour % 12 + 12), 0
        if (1 <= c.hour <= 6 and c.words != "morning") or c.hour == 12:
            hour = c.hour % 12 + 12
        else:
            passed = today and datetime.combine(self.now.date(), c.at()) <= self.now
            hour = c.hour + 12 if passed and datetime.combine(self.now.date(), c.at(c.hour + 12)) > self.now else c.hour
        said, meant = c.written or f"{c.hour}{f':{c.minute:02}' if c.minute else ''}", f"{hour:02}:{c.minute:02}"
        other = f", not {(hour + 12) % 24:02}:{c.minute:02}" if said == meant else ""
        self.assumed.append(f"read '{said}' as {meant}{other}")
        return c.at(hour), 0

    # -- one moment ----------------------------------------------------------------------------------------------

    def at(self, s: Slots) -> datetime:
        """One moment: naive for wall-clock intent, aware for an exact instant. Raises Past and Impossible."""
        if s.exact:
            return s.exact
        if s.day and s.day.kind == "period" and s.day.unit in ("hour", "minute", "second"):
            step = timedelta(**{s.day.unit + "s": 1})
            return self._elapsed(self.now, step.total_seconds())
        if s.delay and not s.base:
            return self._delayed(s, s.delay)
        if s.delay and s.base:
            return self._from_base(s, s.delay, s.base)
        if s.day and s.base:
            return self._weekday_beside(s, s.day, s.base)
        return self._named(s)

    def _elapsed(self, base: datetime, seconds: float) -> datetime:
        return exact(base, self.zone) + timedelta(seconds=seconds)

    def _delayed(self, s: Slots, d: Duration) -> datetime:
        if d.seconds and (s.clocks or s.day):
            raise Impossible(
                "a delay and a time of day are named; say one of them, for example 'in 2 hours' or 'at 14:00'"
            )
        if d.seconds and not (d.days or d.months):
            return self._elapsed(self.now, d.seconds)
        day = add_workdays(add_months(self.now.date(), d.months) + timedelta(days=d.days), min(d.workdays, 9999))
        if s.day is not None:
            day = self._weekday_of(s.day, d, day)
        times = self.times(s, False)
        if s.day is not None and not times:
            return datetime.combine(day, clock_time(self.conventions.default_time))
        if times:
            return datetime.combine(day, times[0][0]) + timedelta(days=times[0][1])
        base = datetime.combine(day, self.now.time())
        return self._elapsed(base, d.seconds) if d.seconds or not (d.days or d.months or d.workdays) else base

    def _weekday_of(self, named: Day, d: Duration, day: date) -> date:
        """ "in 2 weeks on friday", "two months from today on tuesday"; a number of days must meet its weekday."""
        if named.kind != "weekday" or named.which or d.seconds:
            raise Impossible("a delay and a day are named; say one of them, for example 'in 3 days' or 'on friday'")
        if d.days % 7 == 0 and not d.months and not d.workdays:
            return day - timedelta(days=day.weekday() - named.weekday)
        found = day + timedelta(days=(named.weekday - day.weekday()) % 7)
        if found != day and not d.months:
            raise Impossible(f"{day} is a {NAMES[day.weekday()]}, not a {NAMES[named.weekday]}; omit one of them")
        return found

    def _from_base(self, s: Slots, d: Duration, base: Slots) -> datetime:
        sign = -1 if s.before else 1
        inner = replace(base)
        if s.clocks or s.parts:
            inner.clocks, inner.parts = s.clocks, s.parts
        start = self.at(inner) if not (s.before and inner.day) else self._named(inner)
        if s.before and d.seconds and inner.day and not inner.timed:
            start = datetime.combine(wall(start, self.zone).date(), time())  # "one hour before thursday"
        if start.tzinfo:
            start = local(start, self.zone)
        day = add_months(start.date(), sign * d.months) + timedelta(days=sign * d.days)
        day = add_workdays(day, sign * min(d.workdays, 9999))
        found = datetime.combine(day, start.time())
        return local(exact(found, self.zone) + timedelta(seconds=sign * d.seconds), self.zone) if d.seconds else found

    def _weekday_beside(self, s: Slots, d: Day, base: Slots) -> datetime:
        """ "the tuesday after the first monday in november", "the saturday before valentine's day"."""
        inner = replace(base, clocks=s.clocks, parts=s.parts) if s.clocks or s.parts else replace(base)
        start = wall(self._named(inner), self.zone)
        delta = (d.weekday - start.weekday()) % 7 or 7
        found = start + timedelta(days=delta if not s.before else delta - 7 if delta < 7 else -7)
        if found > self.now or base.day is None or base.day.year:
            return found
        later = Moment(datetime.combine(start.date() + timedelta(days=1), time()), self.zone, self.conventions)
        start = wall(later._named(inner), self.zone)
        return start + timedelta(days=(d.weekday - start.weekday()) % 7 - (7 if s.before else 0) or 7)

    def _named(self, s: Slots) -> datetime:
        d = s.day
        if d is None and s.parts and s.parts[0] == "tonight":
            d = Day("relative", n=0)
        bare_weekday = d is not None and d.kind == "weekday" and not d.which and not d.n and not s.narrow
        times = self.times(
            s, d is None or (d.kind == "relative" and d.n == 0) or (bare_weekday and d.weekday == self.today.weekday())
        )
        edge = d is not None and d.kind == "edge" and d.n < 0
        if times:
            at, shift = times[0]
        elif edge:
            at, shift = clock_time(self.conventions.parts.get("end of day", "17:00")), 0
            self.assumed.append(f"read 'end of {d.unit if d else ''}' as {at:%H:%M}")
        else:
            at, shift = clock_time(self.conventions.default_time), 0
        if d is None:
            found = datetime.combine(self.now.date(), at)
            if found <= self.now:
                found += timedelta(days=1)
            return found
        dated = not times and not edge and d.kind in ("date", "monthday") and not s.narrow
        chosen = self.day(d, None if shift or dated else at)
        if s.narrow:
            if d.kind == "weekday":  # the date beside it decides
                self.assumed = [a for a in self.assumed if not a.startswith(f"read '{NAMES[d.weekday].lower()}'")]
            chosen = self._agree(self._year(d), self._year(s.narrow), chosen, at if times else time(23, 59))
        found = datetime.combine(chosen + timedelta(days=shift), at)
        if not times and not edge:
            if chosen == self.today and found <= self.now:
                found = (self.now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
                if found.date() != self.today:
                    found = self.now.replace(second=0, microsecond=0) + timedelta(minutes=5)
                self.assumed.append(f"no time was said: the next full hour, {found:%H:%M}")
            else:
                self.assumed.append(f"no time was said: {at:%H:%M}")
        return found

    def _agree(self, a: Day, b: Day, chosen: date, at: time) -> date:
        """A weekday beside a date must be that date's weekday; beside a bare day number it picks the month."""
        if b.kind == "weekday":
            a, b = b, a
        if a.kind == "period" and b.kind == "weekday" or a.kind == "relative" or b.kind == "relative":
            other = self.day(b if a.kind == "relative" else a, at)
            if other != chosen:
                raise Impossible(f"two days are named, {chosen} and {other}; say one of them")
            return chosen
        if a.kind != "weekday":
            raise Impossible("two days are named; say one of them")
        if b.kind == "monthday":
            return self._monthday_on(a.weekday, b.day, at)
        if b.kind == "period":
            first = self.day(b, at)
            return first + timedelta(days=(a.weekday - first.weekday()) % 7)
        found = self.day(b, at)
        if found.weekday() == a.weekday:
            return found
        if b.kind == "date" and not b.year and b.day <= 12:
            swapped = self.day(Day("date", month=b.day, day=b.month), at)
            if swapped.weekday() == a.weekday and swapped.year <= found.year:
                return swapped
        raise Impossible(f"{found} is a {NAMES[found.weekday()]}, not a {NAMES[a.weekday]}; omit one of them")

    def _monthday_on(self, weekday: int, day: int, at: time) -> date:
        """The next day of a month with this number that is this weekday."""
        first = self.now.date().replace(day=1)
        for months in range(60):
            month = add_months(first, months)
            if day <= calendar.monthrange(month.year, month.month)[1]:
                found = month.replace(day=day)
                if found.weekday() == weekday and (datetime.combine(found, at) > self.now or found == self.today):
                    return found
        raise Impossible(f"no {NAMES[weekday]} is a {day}th")


def ahead(at: datetime, now: datetime, zone: str) -> None:
    """Raises Past with the nearest future reading when `at` is not after `now` (naive local)."""
    moment = wall(at, zone)
    if exact(at, zone) >= exact(now, zone).astimezone(timezone.utc):
        return
    later = datetime.combine(now.date(), moment.time())
    if later <= now:
        later += timedelta(days=1)
    raise Past(f"{moment:%A %Y-%m-%d %H:%M} is in the past", f"{later:%Y-%m-%d} at {later:%H:%M}")
