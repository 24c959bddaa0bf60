"""Asks the `reslate` program and reads what it writes; nothing is decided, graded or counted on this side.

RESLATE names the program (without it, the `reslate` on the PATH), RESLATE_SNAPSHOT the snapshot (without it, the demo).
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

PROGRAM = os.environ.get("RESLATE", "reslate")
IS_DEMO = not os.environ.get("RESLATE_SNAPSHOT")

# A notebook's kernel asks for colours, which would end up in the messages.
_PLAIN = {name: value for name, value in os.environ.items() if not name.endswith("_FORCE")} | {"NO_COLOR": "1"}
_DEMO_NOTE = "note: demo snapshot (invented data)"


class ReslateError(Exception):
    """The program is not there, or refused what it was asked; the message says what to do."""


def rows(*arguments: str) -> pl.DataFrame:
    """What a command writes as Parquet, a row for each candidate, filter, cell, ...; `reslate schema` lists the columns.

    Decimals become doubles, since charts know no others.
    """
    return _asked("parquet", arguments, pl.read_parquet).with_columns(cs.decimal().cast(pl.Float64))


def report(*arguments: str) -> dict[str, Any]:
    """What a command writes as JSON: the whole report, also what has no rows (`reslate schema COMMAND` describes it)."""
    return _asked("json", arguments, lambda file: json.loads(file.read_text(encoding="utf-8")))


def source() -> str:
    """Which program answers, and from which snapshot."""
    snapshot = "the demo snapshot (invented data)" if IS_DEMO else os.environ["RESLATE_SNAPSHOT"]
    return f"{_run('--version').stdout.strip()} on {snapshot}"


def _asked(file_format: str, arguments: tuple[str, ...], read):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        answer = _run(*arguments, "--format", file_format, "--out", str(file))
        for note in answer.stderr.splitlines():
            if note != _DEMO_NOTE:
                print(note)
        return read(file)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        answer = subprocess.run([PROGRAM, *arguments], capture_output=True, encoding="utf-8", env=_PLAIN, check=False)
    except FileNotFoundError:
        raise ReslateError(f"{PROGRAM} is not there; set RESLATE to the program, or put it on the PATH") from None
    if answer.returncode != 0:
        raise ReslateError(answer.stderr.strip() or f"exit code {answer.returncode}")
    return answer
