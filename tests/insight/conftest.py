"""The small club, for every test of a view that needs its limits."""

from tests.club import club as club
