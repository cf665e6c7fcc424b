"""One worker's memory over ten minutes of footage in a single segment, twice as long as segments are."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.looped import loop
from tests.benchmarks.measuring import ROOT

TIMES = 15  # 40 s of footage each
WARM_AFTER_MIN = 2
WANTED_GROWTH_MIB = 25.0
WANTED_TABLES_MIB = 100.0


@pytest.mark.bench
@pytest.mark.shared
def test_memory_is_flat(shared: Path, tmp_path: Path) -> None:
    """From the third minute to the last frame resident memory stays within 25 MiB; making the tables adds under 100."""
    clip = shared / "footage" / "pets" / "cam1" / "20260105T090000Z.mp4"
    loop(clip, tmp_path / "looped.mp4", TIMES)
    arguments = [tmp_path / "looped.mp4", shared / "models", tmp_path / "cache", "yolo26n-dequant.pt"]
    command = [sys.executable, "-m", "tests.benchmarks.memory_loop", *map(str, arguments)]
    threads = str(len(os.sched_getaffinity(0)))
    done = subprocess.run([*command, threads], cwd=ROOT, check=True, capture_output=True, text=True)
    resident_mib = json.loads(done.stdout.splitlines()[-1])
    *minutes, with_tables = (f"{mib:.0f}" for mib in resident_mib)
    print(f"\nresident MiB as each minute begins: {' '.join(minutes)}; with its tables: {with_tables}")
    assert len(resident_mib) == 11
    assert max(resident_mib[WARM_AFTER_MIN:-1]) - resident_mib[WARM_AFTER_MIN] <= WANTED_GROWTH_MIB
    assert resident_mib[-1] - resident_mib[-2] <= WANTED_TABLES_MIB
