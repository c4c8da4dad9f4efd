"""Build .dvc/offline.html, the page of ``dvc plots show`` and ``diff`` with its three libraries inside.

DVC's own page loads them from the network, and is blank without it. They are taken from npm at the versions that DVC's
page names, so it draws as it would online; their licenses are in the page. Run once a DVC release:
``python -m tests.support.offline_page``, which needs npm.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from promptmix.core.errors import DataError

LIBRARIES = {"vega": "5.20.2", "vega-lite": "5.2.0", "vega-embed": "6.18.2"}

PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
{{refresh_tag}}
<title>PromptMix plots</title>
{libraries}
<style>
body {{ font-family: sans-serif; margin: 1.5em; }}
table {{ border-spacing: 15px; }}
</style>
</head>
<body>
{{plot_divs}}
</body>
</html>
"""


def fetch(name: str, version: str) -> tuple[str, str]:
    """Return the minified source and the license of one npm package.

    Raises:
        DataError: npm is not there, or does not give the package.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{name}@{version}"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise DataError("npm is not installed; it comes with Node.js") from None
        except subprocess.CalledProcessError as error:
            raise DataError(f"`{' '.join(command)}` failed: {' '.join(error.stderr.split())[:300]}") from None
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as package:
            source = read(package, f"package/build/{name}.min.js")
            return source, read(package, "package/LICENSE")


def read(package: tarfile.TarFile, member: str) -> str:
    """Return a text file of an archive."""
    file = package.extractfile(member)
    assert isinstance(file, io.BufferedReader)
    return file.read().decode("utf-8")


def script(name: str, version: str, source: str, license: str) -> str:
    """Return one library as an element of the page."""
    # A line that names a source map asks for a file that is not there; `</script` would end the element.
    lines = [line for line in source.splitlines() if not line.startswith("//# sourceMappingURL")]
    words = "\n".join(lines).replace("</script", "<\\/script")
    return f"<!-- {name} {version}\n{license.strip()}\n-->\n<script>\n{words}\n</script>"


def main(path: Path) -> str:
    """Write the page and return what to print."""
    parts = [script(name, version, *fetch(name, version)) for name, version in LIBRARIES.items()]
    path.write_text(PAGE.format(libraries="\n".join(parts)), encoding="utf-8", newline="\n")
    return f"{path}: {path.stat().st_size // 1000} kB"


if __name__ == "__main__":
    sys.stdout.write(main(Path(".dvc/offline.html")) + "\n")
