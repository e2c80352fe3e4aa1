"""A worker process and its lines; what they are is in Harness/main.c and workers/base.py."""

from __future__ import annotations

import contextlib
import select
import subprocess
from pathlib import Path

ANSWER_SECONDS = 600


class Refused(Exception):
    """The worker answered "error" or "ended", or just ended; the text says why."""


class Worker:
    """Starts when it is first asked, and again after it ended."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str]):
        self.name, self.command, self.folder = name, command, folder
        self.environment = environment
        self._process: subprocess.Popen[str] | None = None

    def ask(self, *words: object) -> list[str]:
        """The words after "ok"; raises Refused."""
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(" ".join(map(str, words)) + "\n")
            process.stdin.flush()
        if not select.select([process.stdout], [], [], ANSWER_SECONDS)[0]:
            process.kill()
        line = process.stdout.readline()
        if not line:
            self.close()
            raise Refused(f"its process ended with status {process.returncode}")
        status, *answer = line.split()
        if status == "ended":
            self.close()
        if status != "ok":
            raise Refused(" ".join(answer))
        return answer

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.wait(ANSWER_SECONDS)

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            with open(self.folder / f"{self.name}.log", "a", encoding="utf-8") as log:
                self._process = subprocess.Popen(
                    self.command, cwd=self.folder, env=self.environment, stderr=log, text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1,
                )  # fmt: skip
        return self._process
