"""How long a lake of a million simulated tracklets takes, and how much memory."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.measuring import ROOT

WANTED_S = 300.0
WANTED_PEAK_GIB = 6.0


@pytest.mark.bench
def test_a_million_tracklets(tmp_path: Path) -> None:
    """Under five minutes and 6 GiB on two cores, at the default density: 160 cameras, 8 nights of 10 hours."""
    size = ("--density", "12.6", "--cameras", "160", "--nights", "8")
    command = [sys.executable, "-m", "jobs.cli", "simulate", str(tmp_path / "out"), "--tables", *size]
    began_s = time.monotonic()
    done = subprocess.run([*command, "--format", "json"], cwd=ROOT, check=True, capture_output=True, text=True)
    seconds = time.monotonic() - began_s
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak_gib = used.ru_maxrss / 1024**2
    (row,) = json.loads(done.stdout)
    cpu_s = used.ru_utime + used.ru_stime
    print(f"\n{row['tracklets']} tracklets: {seconds:.0f} s, {cpu_s:.0f} s of CPU, peak {peak_gib:.2f} GiB")
    assert row["tracklets"] >= 1_000_000
    assert seconds <= WANTED_S
    assert peak_gib <= WANTED_PEAK_GIB
