"""The small club, for every test of a service that needs its limits."""

from tests.club import club as club
