"""Sends a signal to a running process, and returns how it ends."""

import signal
import subprocess


def stopped(process: "subprocess.Popen[str]", sent: signal.Signals) -> tuple[int, str]:
    """Wait until the process prints ``ready``, send the signal, and return its status and its remaining output."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(sent)
    _, said = process.communicate(timeout=10)
    return process.returncode, said
