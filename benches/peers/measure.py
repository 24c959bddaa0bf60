"""Running programs one beside the other: seconds from process start to the last byte, and peak memory."""

import dataclasses
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable

HERE = pathlib.Path(__file__).resolve().parent
# A program is stopped rather than let the machine run out of memory: MB that it leaves to others.
LEFT_FREE = 1_000
# Without the bar of its progress, which it draws over the answer once a query takes two seconds.
DUCKDB = """
import sys, duckdb
duckdb.execute("SET enable_progress_bar = false")
duckdb.execute(open(sys.argv[1]).read())
"""


class NotDone(Exception):
    """Why a program did not end as it should."""


@dataclasses.dataclass
class Program:
    """A command that writes to standard output; `read` makes rows to compare of that, None where it is another answer than
    that of the programs beside it."""

    name: str
    command: list[str]
    read: Callable[[pathlib.Path], list] | None = None


def python(name, file, *arguments, read=None):
    return Program(name, [sys.executable, str(HERE / file), *map(str, arguments)], read)


def duckdb(name, script, folder, read=None):
    """A DuckDB script in a process of its own."""
    file = pathlib.Path(tempfile.mkstemp(suffix=".sql", dir=folder)[1])
    file.write_text(script)
    return Program(name, [sys.executable, "-c", DUCKDB, str(file)], read)


def free():
    """MB that the machine has left."""
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) / 1024


def guard(child, ended):
    while not ended.wait(0.1):
        if free() < LEFT_FREE:
            # With the program that it launched.
            os.killpg(child.pid, signal.SIGKILL)
            return


def once(program, out=os.devnull):
    """Seconds and peak memory (MB) of one run."""
    # A process counts the memory of the one that it was forked from as its own, so a small one is in between.
    launch = [sys.executable, "-I", "-S", str(HERE / "launch.py")]
    with open(out, "wb") as stdout, tempfile.TemporaryFile() as stderr, tempfile.NamedTemporaryFile() as told:
        child = subprocess.Popen([*launch, told.name, *program.command], stdout=stdout, stderr=stderr, start_new_session=True)
        ended = threading.Event()
        watch = threading.Thread(target=guard, args=(child, ended))
        watch.start()
        child.wait()
        ended.set()
        watch.join()
        if child.returncode:
            raise NotDone("stopped: the machine has no more memory")
        seconds, kilobytes, code = told.read().decode().split()
        if int(code):
            stderr.seek(0)
            raise NotDone(f"{' '.join(program.command)[:200]}: {stderr.read().decode(errors='replace').strip()[-300:]}")
    return float(seconds), int(kilobytes) / 1024


def compared(programs, folder):
    """Runs each program once and holds what it answers against the first; how many rows they agree on.

    Ends the command where any differs, so that no time is told of another answer.
    """
    expected = None
    for program in programs:
        if program.read is None:
            continue
        out = folder / "answer"
        once(program, out)
        answer = program.read(out)
        if expected is None:
            expected = answer
        elif answer != expected:
            differing = [pair for pair in zip(expected, answer, strict=False) if pair[0] != pair[1]][:1]
            counts = f"{len(expected)} rows against {len(answer)}"
            raise SystemExit(f"{program.name} answers otherwise than {programs[0].name}: {counts}, first {differing}")
    return len(expected or [])


def timed(programs, runs):
    """Median seconds and largest peak memory (MB) of each program, taking turns so that none has the machine to itself."""
    measured = [[] for _ in programs]
    for _ in range(runs):
        for program, seen in zip(programs, measured, strict=True):
            seen.append(once(program))
    return [(statistics.median(s for s, _ in seen), max(p for _, p in seen)) for seen in measured]
