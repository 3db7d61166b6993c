"""Keys of tills and staff."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from core.db.staff import api_keys
from core.ports import SystemChance
from core.rules.refusal import Refused
from core.services.staff.keys import KeyHolder, Scope, check_key, create_key, revoke_keys
from core.shop import Shop


@pytest.mark.parametrize(
    ("scopes", "implied"),
    [
        (["till"], ["till"]),
        (["staff"], ["till", "staff"]),
        (["admin"], ["till", "staff", "admin"]),
        (["till", "staff"], ["till", "staff"]),
    ],
)
def test_a_key_may_do_what_its_scopes_imply(bare_shop: Shop, scopes: list[Scope], implied: list[Scope]) -> None:
    key = create_key(bare_shop, "front", scopes)
    assert check_key(bare_shop, key) == KeyHolder(name="front", scopes=implied)


def test_a_key_is_192_bits_and_kept_as_its_digest_alone(bare_shop: Shop) -> None:
    shop = Shop(bare_shop.database, bare_shop.clock, SystemChance())
    key = create_key(shop, "front", ["till"])
    assert re.fullmatch(r"rk_[\w-]{32}", key)
    with shop.read() as session:
        row = session.execute(select(api_keys)).one()
    assert key not in str(row)
    assert re.fullmatch(r"[0-9a-f]{64}", row.digest)


def test_a_wrong_key_opens_nothing(bare_shop: Shop) -> None:
    key = create_key(bare_shop, "front", ["till"])
    assert check_key(bare_shop, key[:-1]) is None
    assert check_key(bare_shop, "") is None


def test_a_revoked_key_opens_nothing(bare_shop: Shop) -> None:
    lost, lost_too, kept = (create_key(bare_shop, name, ["till"]) for name in ("front", "front", "back"))
    assert revoke_keys(bare_shop, "front") == 2
    assert revoke_keys(bare_shop, "front") == 0
    assert [check_key(bare_shop, key) is None for key in (lost, lost_too, kept)] == [True, True, False]


def test_a_key_needs_a_name_and_a_scope(bare_shop: Shop) -> None:
    with pytest.raises(Refused, match="key-name-invalid"):
        create_key(bare_shop, "", ["till"])
    with pytest.raises(Refused, match="key-scopes-invalid"):
        create_key(bare_shop, "front", [])
    with bare_shop.read() as session:
        assert session.execute(select(api_keys)).all() == []
