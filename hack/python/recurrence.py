#!/usr/bin/env python3
"""Prints recurrence cases with the instants that python-dateutil and croniter expect, one JSON object a line.

Usage: recurrence.py CASES SEED

The first line names the versions. A case has `rule`, `zone`, `first` (local time) and
  peer      the first instants of the peer, at most LENGTH
  ours      those that app/docs/recurrence.md promises: the peer's, changed by the differences named there
  names     the differences that change something here; "several" where no single one does
  complete  whether the rule ends with these
  known     false when the peer was too slow: both are what it found in its time
Words are compared with relativedelta, RRULEs with dateutil.rrule, cron expressions with croniter.
"""

import collections
import datetime
import heapq
import importlib.metadata
import itertools
import json
import os
import random
import signal
import sys
import zoneinfo

# The zones of the package tzdata alone, never those of this machine.
zoneinfo.reset_tzpath(to=[])

import tzdata  # noqa: E402
from croniter import croniter  # noqa: E402
from dateutil import rrule  # noqa: E402
from dateutil.relativedelta import relativedelta  # noqa: E402

LENGTH = 5
# Seconds for one search: dateutil goes through each day up to the year 9999.
PATIENCE = 0.2
UTC = datetime.timezone.utc
SECOND = datetime.timedelta(seconds=1)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

ALL_ZONES = sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})
# Half an hour, a quarter, two hours, a summer time around Ramadan, a skipped day, a negative summer time.
RARE_ZONES = ["Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca", "Antarctica/Troll", "Asia/Kathmandu",
              "Europe/Dublin", "America/St_Johns", "Asia/Gaza", "America/Sao_Paulo", "Asia/Tehran", "Pacific/Chatham",
              "Europe/Berlin", "America/New_York", "Asia/Beirut", "America/Havana", "UTC"]
# Civil days that a zone skipped.
SKIPPED = [("Pacific/Apia", (2011, 12, 30)), ("Pacific/Fakaofo", (2011, 12, 30)), ("Pacific/Kwajalein", (1993, 8, 21)),
           ("Pacific/Kiritimati", (1994, 12, 31)), ("Pacific/Enderbury", (1994, 12, 31))]


class TooSlow(Exception):
    """The peer searched for longer than its time."""


def too_slow(*_):
    raise TooSlow


# --- Random cases


def transition(zone, rng):
    """Local time close to a change of the zone's offset, or None."""
    start = datetime.datetime(rng.randint(1990, 2037), rng.randint(1, 12), 1, tzinfo=UTC)
    low, high = start, start + datetime.timedelta(days=200)
    if low.astimezone(zone).utcoffset() == high.astimezone(zone).utcoffset():
        return None
    while high - low > SECOND:
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset() else (low, middle)
    local = high.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    return local + datetime.timedelta(minutes=5 * rng.randint(-36, 24))


def random_start(rng):
    """(zone name, local time): half of them so that an occurrence soon meets a change of the clock."""
    if rng.random() < 0.05:
        name, day = rng.choice(SKIPPED)
        back = rng.choice([0, 1, 2, 7, 14, 30, 31, 365])
        start = datetime.datetime(*day, rng.randint(0, 23), rng.choice([0, 30])) - datetime.timedelta(days=back)
        return name, start
    name = rng.choice(RARE_ZONES if rng.random() < 0.4 else ALL_ZONES)
    near = transition(zoneinfo.ZoneInfo(name), rng) if rng.random() < 0.6 else None
    if near:
        return name, near - datetime.timedelta(days=rng.choice([0, 0, 1, 2, 7, 14, 28, 30, 31, 365]))
    day = datetime.date(1990, 1, 1) + datetime.timedelta(days=rng.randint(0, 48 * 365))
    if rng.random() < 0.2:
        day = (day.replace(day=1) + relativedelta(day=31))
    return name, datetime.datetime(day.year, day.month, day.day, rng.randint(0, 23), rng.randint(0, 59), rng.choice([0, 0, 0, 17]))


def some(rng, values, most):
    return rng.sample(list(values), rng.randint(1, most))


def text(values):
    return ",".join(map(str, values))


def random_rrule(rng, first):
    freq = rng.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={freq}"]
    if rng.random() < 0.5:
        parts.append(f"INTERVAL={rng.choice([1, 2, 2, 3, 4, 5, 6, 7, 10, 12, 13, 26, 52, 100, 365, 1000])}")
    by = random_by(rng, freq)
    if by and rng.random() < 0.25:
        positions = [1, -1] if freq == "DAILY" else [1, 2, 3, -1, -2, -3, 5, 10]
        by.append(f"BYSETPOS={text(some(rng, positions, 2))}")
    parts += by
    if rng.random() < 0.4:
        parts.append(f"WKST={rng.choice(DAYS)}")
    parts += random_end(rng, first)
    rng.shuffle(parts)
    return ("RRULE:" if rng.random() < 0.2 else "") + ";".join(parts)


def random_by(rng, freq):
    parts = []
    if rng.random() < 0.25:
        parts.append(f"BYMONTH={text(some(rng, range(1, 13), 4))}")
    if rng.random() < 0.45:
        numbers = {"MONTHLY": [1, 2, 3, 4, 5, -1, -2], "YEARLY": [1, 2, -1, -2] if parts else [1, 10, 20, 52, 53, -1, -9, -53]}
        kind = rng.random()
        days = some(rng, DAYS, 4)
        if freq in numbers and kind < 0.5:
            days = [f"{rng.choice(numbers[freq])}{day}" for day in days]
        elif freq in numbers and kind < 0.6:
            days = [f"{rng.choice(numbers[freq])}{day}" if rng.random() < 0.5 else day for day in days]
        parts.append(f"BYDAY={text(days)}")
    if freq != "WEEKLY" and rng.random() < 0.3:
        parts.append(f"BYMONTHDAY={text(some(rng, [*range(1, 32), *range(-31, 0)], 6))}")
    return parts


def random_end(rng, first):
    kind = rng.random()
    if kind < 0.15:
        return [f"COUNT={rng.choice([1, 2, 3, 4, 10, 1000])}"]
    if kind < 0.4:
        day = first + datetime.timedelta(days=rng.choice([0, 1, 3, 30, 60, 400, 1500]), minutes=rng.choice([-60, 0, 0, 30, 60]))
        return [rng.choice([day.strftime("UNTIL=%Y%m%d"), day.strftime("UNTIL=%Y%m%dT%H%M%S"), day.strftime("UNTIL=%Y%m%dT%H%M%SZ")])]
    return []


def random_field(rng, least, most, names=()):
    kind = rng.random()
    if kind < 0.35:
        return "*"
    if kind < 0.5:
        return f"*/{rng.randint(1, min(most, 30))}"
    items = []
    for value in some(rng, range(least, most + 1), 3):
        end = rng.randint(value, most)
        step = f"/{rng.randint(1, most - least)}" if rng.random() < 0.3 else ""
        items.append(f"{value}-{end}{step}" if end > value and rng.random() < 0.4 else str(value))
    if names and rng.random() < 0.3:
        items = [rng.choice(names)]
    return text(items)


def random_cron(rng):
    months = ["JAN", "Feb", "mar", "DEC"]
    fields = [random_field(rng, 0, 59), random_field(rng, 0, 23), random_field(rng, 1, 31),
              random_field(rng, 1, 12, months) if rng.random() < 0.5 else "*", random_field(rng, 0, 7, ["MON", "Sun", "FRI-SUN", "TUE-THU"])]
    return " ".join(fields)


# --- What the peers say: local times without a zone


def parts_of(rule):
    return dict(part.split("=") for part in rule.removeprefix("RRULE:").split(";"))


def joined(parts):
    return ";".join(f"{name}={value}" for name, value in parts.items())


def dateutil_locals(parts, first, zone):
    """Local times of an RRULE. A zone is needed for an UNTIL in UTC only, and dateutil then wants one at the start."""
    start = first.replace(tzinfo=zone) if parts.get("UNTIL", "").endswith("Z") else first
    return (at.replace(tzinfo=None) for at in rrule.rrulestr(joined(parts), dtstart=start))


def cron_locals(rule, first):
    # The option is what Vixie cron does with */n in the fields for days.
    times = croniter(rule, first - SECOND, implement_cron_bug=True)
    while True:
        yield times.get_next(datetime.datetime)


def word_locals(rule, first):
    step = {"daily": "days", "weekly": "weeks", "monthly": "months"}[rule]
    return (first + relativedelta(**{step: n}) for n in itertools.count())


def peer_locals(rule, first, zone):
    if "=" in rule:
        return dateutil_locals(parts_of(rule), first, zone)
    return cron_locals(rule, first) if " " in rule else word_locals(rule, first)


# --- What the documentation changes


def until_date(parts):
    """UNTIL as a date includes the whole day; dateutil reads it as midnight."""
    if len(parts.get("UNTIL", "")) != 8:
        return parts
    return {**parts, "UNTIL": parts["UNTIL"] + "T235959"}


def whole_first_week(parts, first):
    """BYSETPOS counts in the whole week of the start; dateutil leaves out the days before the start. (start, parts)"""
    if parts["FREQ"] != "WEEKLY" or "BYSETPOS" not in parts:
        return first, parts
    back = (first.weekday() - DAYS.index(parts.get("WKST", "MO"))) % 7
    return first - datetime.timedelta(days=back), {"BYDAY": DAYS[first.weekday()], **parts}


def split_weekdays(parts):
    """BYDAY=MO,1TU is the sum of both; dateutil takes what is both at once, which is nothing."""
    days = parts.get("BYDAY", "").split(",")
    plain = [day for day in days if day in DAYS]
    if not plain or len(plain) == len(days):
        return [parts]
    numbered = [day for day in days if day not in DAYS]
    return [{**parts, "BYDAY": text(plain)}, {**parts, "BYDAY": text(numbered)}]


def mixed(rule):
    return "=" in rule and len(split_weekdays(parts_of(rule))) == 2


def merged(streams):
    """Sorted union of sorted streams."""
    return (at for at, _ in itertools.groupby(heapq.merge(*streams)))


def without_coinciding(locals_, zone):
    """Leaves out a skipped local time when the moment that it moves to is an occurrence anyway."""
    # In the order of time; a set finds a minute among those of a skipped day.
    ahead, known, source = collections.deque(), set(), iter(locals_)

    def pull():
        following = next(source, None)
        if following is not None:
            ahead.append(following)
            known.add(following)
        return following is not None

    def occurs(at):
        while (not ahead or ahead[-1] < at) and pull():
            pass
        return at in known

    while ahead or pull():
        at = ahead.popleft()
        moved = instant(at, zone).astimezone(zone).replace(tzinfo=None)
        if moved == at or not occurs(moved):
            yield at


def our_locals(rule, first, zone, leave_out=""):
    """Local times as the documentation promises them, without the difference `leave_out`."""
    if "=" not in rule:
        found = peer_locals(rule, first, zone)
        return found if leave_out == "coinciding" else without_coinciding(found, zone)
    parts = parts_of(rule)
    count = int(parts.pop("COUNT", 0)) or None
    if leave_out != "until-date":
        parts = until_date(parts)
    start = first
    if leave_out != "first-week":
        start, parts = whole_first_week(parts, first)
    rules = [parts] if leave_out == "mixed-weekdays" else split_weekdays(parts)
    found = merged([dateutil_locals(parts, start, zone) for parts in rules])
    found = (at for at in found if at >= first)
    if leave_out != "coinciding":
        found = without_coinciding(found, zone)
    return itertools.islice(found, count)


DIFFERENCES = ["until-date", "first-week", "mixed-weekdays", "coinciding"]


# --- Cases


def instant(local, zone):
    return local.replace(tzinfo=zone).astimezone(UTC)


def instants(locals_, zone):
    """(the first instants, whether these are all): None for a peer that was too slow to tell."""
    found = []
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        for at in locals_:
            if len(found) == LENGTH:
                return found, False
            found.append(instant(at, zone).strftime("%Y-%m-%dT%H:%M:%SZ"))
        return found, True
    except TooSlow:
        return found, None
    except OverflowError:
        return found, True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def differ(one, other):
    """Whether two results differ, as far as both are known."""
    if None in (one[1], other[1]):
        known = min(len(result[0]) for result in (one, other) if result[1] is None)
        return one[0][:known] != other[0][:known]
    return one != other


def random_rule(rng, first):
    kind = rng.random()
    if kind < 0.12:
        return rng.choice(["daily", "weekly", "monthly", "monthly"])
    return random_cron(rng) if kind < 0.37 else random_rrule(rng, first)


def case(rng):
    name, first = random_start(rng)
    rule = random_rule(rng, first)
    if "BYSETPOS" in rule and mixed(rule):
        # The sum of two rules cannot express positions.
        rule = joined({key: value for key, value in parts_of(rule).items() if key != "BYSETPOS"})
    zone = zoneinfo.ZoneInfo(name)
    try:
        peer = instants(peer_locals(rule, first, zone), zone)
    except ValueError as error:
        return None if "date" in str(error) else sys.exit(f"{rule}: {error}")
    ours = instants(our_locals(rule, first, zone), zone)
    names = []
    if differ(ours, peer):
        without = {left: instants(our_locals(rule, first, zone, left), zone) for left in DIFFERENCES}
        names = [left for left in DIFFERENCES if differ(without[left], ours)] or ["several"]
    elif peer[1] is None and mixed(rule):
        # dateutil searches in vain for a day that is both.
        names = ["mixed-weekdays"]
    return {"rule": rule, "zone": name, "first": first.isoformat(), "peer": peer[0], "ours": ours[0], "names": names,
            "complete": ours[1] is True, "known": None not in (peer[1], ours[1])}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    count, rng = int(sys.argv[1]), random.Random(int(sys.argv[2]))
    signal.signal(signal.SIGALRM, too_slow)
    versions = {name: importlib.metadata.version(name) for name in ("python-dateutil", "croniter", "tzdata")}
    print(json.dumps({"tz": tzdata.IANA_VERSION, "versions": versions}))
    made = 0
    while made < count:
        found = case(rng)
        if found:
            made += 1
            print(json.dumps(found))


if __name__ == "__main__":
    main()
