"""``dvc plots`` draws in a browser without a network."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dvc_render.vega import VegaRenderer

from promptmix.core.errors import DataError
from tests.support.offline_page import LIBRARIES, fetch
from tests.support.structure import ROOT

PAGE = ROOT / ".dvc/offline.html"


def test_the_page_holds_the_libraries_that_dvc_loads_with_their_licenses() -> None:
    assert dict(re.findall(r"npm/([\w-]+)@([\d.]+)", VegaRenderer.SCRIPTS)) == LIBRARIES
    text = PAGE.read_text(encoding="utf-8")
    for name, version in LIBRARIES.items():
        assert f"<!-- {name} {version}\nCopyright" in text
    assert not re.search(r"<script[^>]+src=", text)


def test_plots_show_draws_with_the_network_off(tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        pytest.skip("chromium is not installed")
    plots = [sys.executable, "-m", "dvc", "plots", "show", "-o", str(tmp_path / "plots")]
    subprocess.run(plots, cwd=ROOT, check=True, capture_output=True)
    page = (tmp_path / "plots/index.html").as_uri()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    nowhere = ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run([browser, *options, *nowhere, page], capture_output=True, text=True, check=True, timeout=60)
    assert len(re.findall(r'<canvas[^>]*class="marks"', done.stdout)) == 2  # accuracy.csv and shares.csv


def test_npm_that_is_missing_or_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="npm is not installed"):
        fetch("vega", "5.20.2")
    (tmp_path / "npm").write_text("#!/bin/sh\necho no such version >&2\nexit 1\n", encoding="utf-8")
    (tmp_path / "npm").chmod(0o755)
    with pytest.raises(DataError, match=r"`npm pack --silent vega@5\.20\.2` failed: no such version"):
        fetch("vega", "5.20.2")
