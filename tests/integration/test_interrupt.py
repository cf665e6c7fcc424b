"""Ctrl-C in a terminal."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.builders.nights import small_site

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    """One line, no traceback, exit 130; the finished segments are kept."""
    site = small_site(tmp_path, seconds=30.0, cameras=1)
    entries = tmp_path / "lake" / "_ledger" / "night=2026-01-05" / "perceive"
    words = ["run", str(site.footage), "--lake", str(tmp_path / "lake"), "--settings", str(site.settings)]
    command = [sys.executable, "-m", "jobs.cli", *words, "--executor", "local"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as started:
        until = time.monotonic() + PATIENCE_S
        while started.poll() is None and not (entries.is_dir() and any(entries.iterdir())) and time.monotonic() < until:
            time.sleep(0.02)
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=PATIENCE_S)
    assert started.returncode == 130
    assert said.splitlines()[-1] == "interrupted; run again to go on"
    assert "Traceback" not in said
    assert any(entries.iterdir())
