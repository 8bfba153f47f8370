"""Prints the tables of a run: report.py RESULTS TASKS ROUNDS SECONDS."""

import os
import platform
import statistics
import subprocess
import sys
from collections import defaultdict
from importlib.metadata import version

OPERATIONS = {
    "get": ("GET one task", 0.35), "list": ("GET 20 tasks, newest first", 0.25),
    "search": ("GET 10 matches of two words", None), "create": ("POST a task (2 tags, due, reminder)", 0.60),
    "complete": ("POST complete", None)}
WORDS = {"quasar": "rare word", "budget+review": "two words", "report": "very common word"}


def median_of(values):
    return statistics.median(values), min(values), max(values)


def ratio(tops, bottoms):
    """Ratios within each round, so that a slow minute hits both sides."""
    return median_of([top / bottom for top, bottom in zip(tops, bottoms)])


def spread(three, form="{:.2f}"):
    middle, low, high = (form.format(value) for value in three)
    return f"{middle} ({low}–{high})"


def verdict(value, bar, at_least=True):
    if bar is None:
        return ""
    met = value >= bar if at_least else value <= bar
    return f"{'≥' if at_least else '≤'} {bar:g} {'met' if met else '**missed**'}"


def load(path):
    """Values by kind, who and operation in the order of rounds, without the warm-up."""
    cells = defaultdict(list)
    for line in open(path):
        kind, who, operation, round_, *values = line.split()
        if kind == "memory" or int(round_) > 0:
            cells[kind, who, operation].append([float(value) for value in values])
    return cells


def rates(cells):
    yield "| Operation, 16 connections | pgbench, same SQL | todo api | FastAPI | api ÷ pgbench | bar | api ÷ FastAPI | bar |"
    yield "|---|---|---|---|---|---|---|---|"
    for operation, (name, bar) in OPERATIONS.items():
        bench, api, peer = ([v[0] for v in cells["rate", who, operation]] for who in ("pgbench", "api", "peer"))
        of_bench, of_peer = ratio(api, bench), ratio(api, peer)
        each = (f"{statistics.median(values):,.0f}/s" for values in (bench, api, peer))
        yield (f"| {name} | {' | '.join(each)} | {spread(of_bench)} | {verdict(of_bench[0], bar)} "
               f"| {spread(of_peer, '{:.1f}')} | {verdict(of_peer[0], 8)} |")


def latencies(cells):
    yield "| One connection | p50 over HTTP | p95 | compared with | ratio of p50 | bar |"
    yield "|---|---|---|---|---|---|"
    for operation in [o for kind, who, o in list(cells) if (kind, who) == ("search", "http")]:
        user, words = operation.split("-")
        http, plan = cells["search", "http", operation], cells["search", "explain", operation]
        of = ratio([v[1] for v in http], [v[1] for v in plan])
        owner = "a tenth of all tasks" if user == "1" else "a hundredth"
        yield row(f"search, {WORDS[words]}, user with {owner}", http, f"EXPLAIN {p50(plan):.2f} ms", of, 2)
    first, deep = cells["page", "api", "first"], cells["page", "api", "deep"]
    of = ratio([v[1] for v in deep], [v[1] for v in first])
    yield row("page 5,000 (in a small run the last)", deep, f"page 1 {p50(first):.2f} ms", of, 1.5)


def p50(values):
    return statistics.median(v[1] for v in values)


def row(name, values, other, of, bar):
    p95 = statistics.median(v[2] for v in values)
    return f"| {name} | {p50(values):.2f} ms | {p95:.2f} ms | {other} | {spread(of)} | {verdict(of[0], bar, False)} |"


def events(cells):
    yield "| POST a task, 16 connections | relay, broker and audit consumer at work | broker away | ratio | bar |"
    yield "|---|---|---|---|---|"
    work, away = ([v[0] for v in cells["rate", who, "create"]] for who in ("at-work", "away"))
    each = f"{statistics.median(work):,.0f}/s | {statistics.median(away):,.0f}/s"
    on, down = ratio(work, away), ratio(away, work)
    yield f"| at work ÷ away | {each} | {spread(on)} | {verdict(on[0], 0.70)} |"
    yield f"| away ÷ at work | {each} | {spread(down)} | {verdict(down[0], 0.95)} |"


def memory(cells):
    yield "| Resident memory | todo api | FastAPI, all processes | ratio | bar |"
    yield "|---|---|---|---|---|"
    for when, label in (("idle", "after start"), ("load", "after the load")):
        api, peer = (cells["memory", who, when][0][0] / 1024 for who in ("api", "peer"))
        yield f"| {label} | {api:.0f} MiB | {peer:.0f} MiB | {api / peer:.2f} | {verdict(api / peer, 0.25, False)} |"


def machine():
    models = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    postgres = subprocess.run(["pgbench", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    peers = ", ".join(f"{name} {version(name)}" for name in ("fastapi", "sqlmodel", "asyncpg", "uvicorn"))
    return (f"{os.cpu_count()} × {models[0] if models else platform.machine()}, Linux {platform.release()}; PostgreSQL "
            f"{postgres}, fsync on, shared_buffers 1 GB; Python {platform.python_version()}, {peers}, 2 workers with "
            f"uvloop and httptools. Load average at the end: {os.getloadavg()[0]:.1f}.")


def main():
    path, tasks, rounds, seconds = sys.argv[1:]
    cells = load(path)
    print(f"{int(tasks):,} tasks, {rounds} rounds of {seconds} s for each cell. Medians; in parentheses the least and the "
          f"most of the rounds' ratios.\n\nMachine: {machine()}\n")
    print("\n\n".join("\n".join(part(cells)) for part in (rates, latencies, events, memory)))


main()
