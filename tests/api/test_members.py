"""Enrolling and looking up members."""

from __future__ import annotations

from httpx import AsyncClient

ANNA = {"name": "Anna", "phone": "+86 138 0013 8000", "birthday": "1990-05-31", "language": "zh-Hans"}


async def test_enrols_a_member(till: AsyncClient) -> None:
    response = await till.post("/v1/members", json=ANNA, headers={"Idempotency-Key": "a"})
    assert response.status_code == 201
    assert response.json() == {}
