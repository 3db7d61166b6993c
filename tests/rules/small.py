"""The small program, for rules that need no database."""

from core.program.loading import load_file
from core.program.schema import Program
from tests.conftest import SMALL

PROGRAM: Program = load_file(SMALL)
