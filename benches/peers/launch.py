"""Runs a command and writes to a file its seconds, its peak memory (KB) and its exit code.

    launch.py FILE COMMAND...
"""

import os
import sys
import time

told, *command = sys.argv[1:]
start = time.perf_counter()
child = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - start
with open(told, "w", encoding="utf-8") as file:
    file.write(f"{seconds} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}")
