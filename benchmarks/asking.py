"""Measure how long sending many requests takes, against the ideal and against other systems.

``python -m benchmarks.asking [--peers FOLDER]`` sends requests to a loopback server, in a process of its own, that
responds after a fixed time. The ideal is that time x requests / requests in flight. Engines take turns, three rounds;
it prints the median of the seconds, its ratio to the ideal, the lowest and highest ratio, the number of right answers,
and the processor time of a request. Engines named ``transports:LIBRARY`` are threads with one HTTP library and nothing
else. ``--peers`` installs distilabel and curator from the package index into FOLDER (1.5 GB, minutes; kept between
runs) and includes them; one that cannot be installed is skipped, with the reason. ``--memory`` sends 100,000 requests.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks.engines.transports import LIBRARIES
from tests.support.llm_server import Behavior, running

ROOT = Path(__file__).parent.parent
ROUNDS = 3
PEERS = {"peer_distilabel": ["distilabel[openai]==1.5.3", "requests"], "peer_curator": ["bespokelabs-curator==0.1.31"]}


class Scene(NamedTuple):
    """One kind of load."""

    title: str
    requests: int
    behavior: Behavior
    in_flight: int

    @property
    def ideal(self) -> float:
        """Seconds without any overhead: the latencies of all requests over the number in flight."""
        mean = self.behavior.latency * (1 + 9 * self.behavior.slow_share)
        return self.requests * mean / self.in_flight


SCENES = [
    Scene("1000 x 200 ms, 50 in flight", 1000, Behavior(latency=0.2), 50),
    Scene("500 x 1 s, 50 in flight", 500, Behavior(latency=1.0), 50),
    Scene("500 x 100 ms, 64 in flight", 500, Behavior(latency=0.1), 64),
    Scene("500 x 100 ms, 4 % of them 1 s, 32 in flight", 500, Behavior(latency=0.1, slow_share=0.04), 32),
]


def main() -> None:
    """Run every scene with every engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="folder for the virtual environments of other systems")
    parser.add_argument("--memory", action="store_true", help="only measure the memory that 100,000 requests take")
    options = parser.parse_args()
    if options.memory:
        memory()
        return
    transports = (f"transports:{library}" for library in LIBRARIES)
    engines = {name: sys.executable for name in ("ours", "async_openai", *transports)}
    engines |= installed(options.peers) if options.peers else {}
    for scene in SCENES:
        measure(scene, engines)
    serial()


def measure(scene: Scene, engines: dict[str, str]) -> None:
    """Run the engines in turns on one scene, and print a line for each."""
    print(f"\n{scene.title}: ideal {scene.ideal:.2f} s", flush=True)
    results: dict[str, list[dict[str, float]]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, python in engines.items():
            if (result := once(name, python, scene)) is not None:
                results[name].append(result)
    for name, runs in results.items():
        if not runs:
            continue
        seconds = sorted(run["seconds"] for run in runs)
        ratios = ", ".join(f"{each / scene.ideal:.2f}" for each in (seconds[0], seconds[-1]))
        middle = statistics.median(seconds)
        answers = min(run["answers"] for run in runs)
        busy = 1000 * statistics.median(run["busy"] for run in runs) / scene.requests
        print(
            f"  {name:20} {middle:6.2f} s  {middle / scene.ideal:5.2f} x ideal ({ratios}), {answers:.0f} answers, "
            f"{busy:.2f} ms of processor time each"
        )


def once(name: str, python: str, scene: Scene) -> dict[str, float] | None:
    """Run one engine once against a fresh server; where it fails, print why and return None."""
    module, _, choice = name.partition(":")
    script = ["-m", f"benchmarks.engines.{module}"] if python == sys.executable else [f"benchmarks/engines/{module}.py"]
    with running(scene.behavior) as url:
        command = [python, *script, url, str(scene.requests), str(scene.in_flight), choice]
        environment = os.environ | {"OPENAI_API_KEY": "x", "OPENAI_BASE_URL": f"{url}/v1"}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60, check=True
            )
        except subprocess.TimeoutExpired:
            print(f"  {name} did not finish within 60 s", flush=True)
            return None
        except subprocess.CalledProcessError as error:
            print(f"  {name} failed: {error.stderr[-500:]}", flush=True)
            return None
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def serial() -> None:
    """Time the serial loop on 50 requests: its time is proportional to their number."""
    scene = Scene("", 50, Behavior(latency=0.1), 1)
    seconds = (once("serial", sys.executable, scene) or {})["seconds"]
    print(f"\nserial loop, 50 x 100 ms: {seconds:.2f} s, so {seconds * 10:.0f} s for 500", flush=True)


def memory() -> None:
    """Send 100,000 requests to a server that responds at once, and print the peak memory."""
    with running(Behavior()) as url:
        command = [sys.executable, "-m", "tests.support.asking_process", "--count", "100000"]
        folder = ROOT / ".benchmarks"
        environment = os.environ | {
            "OPENAI_API_KEY": "x", "OPENAI_BASE_URL": f"{url}/v1", "ASKING": '{"concurrency": 32}',
            "PROMPTMIX_STORE": str(folder / "memory.sqlite"), "DVC_ROOT": str(folder),
        }  # fmt: skip
        folder.mkdir(exist_ok=True)
        (folder / "memory.sqlite").unlink(missing_ok=True)
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment, check=True)
    print(done.stdout.strip())


def installed(folder: Path) -> dict[str, str]:
    """Return the Python interpreter of every other system that can be installed."""
    found = {}
    for name, packages in PEERS.items():
        home = folder / name.removeprefix("peer_")
        python = home / "bin" / "python"
        try:
            if not python.exists():
                subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
            found[name] = str(python)
        except subprocess.CalledProcessError as error:
            print(f"{name} is skipped: {error}", flush=True)
    return found


if __name__ == "__main__":
    main()
