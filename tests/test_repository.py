"""What holds for the repository as a whole: what its files name, and what its locks pin."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUNTIME = [*PROJECT["dependencies"], *EXTRAS["demo"]]

# Hosts of package registries and paths of one machine; written in pieces, so that this file names none.
NOWHERE = re.compile(
    r"\bpypi\." + r"org|python" + r"hosted|npm" + r"js\.(?:org|com)|deb\.debian" + r"\.org|security\.debian" + r"\.org"
    r"|(?<![\w.*~-])/(?:work|root|home|Users)/[\w.]"
)


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def pins(lock: str) -> dict[str, str]:
    """Name → version of a lock file."""
    found = re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    named = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in tracked_files()
        for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), 1)
        if NOWHERE.search(line)
    ]

    assert named == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://pypi." + "org/simple",
        "see /ro" + "ot/.cache",
        'open("/ho' + 'me/me/x")',
        "files.python" + "hosted.org",
    ],
)
def test_such_a_line_would_be_found(line: str) -> None:
    assert NOWHERE.search(line)


@pytest.mark.parametrize(
    ("lock", "wanted"), [("requirements.lock", RUNTIME), ("requirements-dev.lock", [*RUNTIME, *EXTRAS["dev"]])]
)
def test_a_lock_satisfies_the_project(lock: str, wanted: list[str]) -> None:
    pinned = pins(lock)
    requirements = [Requirement(line) for line in wanted]

    unmet = [
        str(requirement)
        for requirement in requirements
        if not requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "0"), prereleases=True)
        or canonicalize_name(requirement.name) not in pinned
    ]

    assert unmet == [], "mend it with: make lock"


def test_what_is_tested_is_what_runs() -> None:
    tested = pins("requirements-dev.lock")

    assert {name: tested.get(name) for name in pins("requirements.lock")} == pins("requirements.lock")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_hashes(lock: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text("utf-8"))

    unhashed = [block.splitlines()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]

    assert unhashed == []
    assert len(pins(lock)) > len(RUNTIME)
