"""A member's year, by the day: buying, asking, taking, returning, rising, and what time takes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from httpx import ASGITransport, AsyncClient

from api.app import create_app
from core.insight.tier import moves
from core.services.books.run_due import run_due
from core.services.staff.keys import create_key
from core.settings import Settings
from core.shop import Shop
from tests.bot.conftest import Town
from tests.bot.talk import Message, Person, buttons
from tests.conftest import FrozenClock
from tests.shopping import proven

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # in Shanghai
MONTH = timedelta(days=30)


class Till:
    """A till that posts over HTTP, each receipt twice: it never knows whether the first arrived."""

    def __init__(self, shop: Shop) -> None:
        app = create_app(shop, Settings(_env_file=None))
        headers = {"Authorization": f"Bearer {create_key(shop, 'front', ['till'])}"}
        self._http = AsyncClient(transport=ASGITransport(app), base_url="http://till.test/v1", headers=headers)

    async def _post(self, path: str, body: dict[str, object]) -> dict[str, object]:
        key = {"Idempotency-Key": str(body["external_id"])}
        first = await self._http.post(path, json=body, headers=key)
        again = await self._http.post(path, json=body, headers=key)
        assert (first.status_code, first.json()) == (201, again.json())
        given: dict[str, object] = first.json()
        return given

    async def sell(self, card: str, receipt: str, amount: int, at: datetime) -> dict[str, object]:
        line = {"sku": "tea", "category": "grocery", "quantity": 1, "unit_price": amount, "regular_price": amount}
        body = {"external_id": receipt, "member": {"card_number": card}, "occurred_at": at.isoformat()}
        return await self._post("/purchases", {**body, "store": "s1", "channel": "shop", "lines": [line]})

    async def take_back(self, purchase: object, receipt: str, amount: int) -> dict[str, object]:
        return await self._post(f"/purchases/{purchase}/refunds", {"external_id": receipt, "amount": amount})


async def ask_for_the_mug(person: Person) -> Message:
    """Down the buttons to the question that only a tap on yes is missing from."""
    detail = await person.press("reward:mug")
    [want] = [data for data in buttons(detail) if data.startswith("buy:mug:0")]
    return await person.press(want)


async def says(person: Person, words: str) -> str:
    text: str = (await person.send(words))["text"]
    return text


async def test_a_members_year(town: Town, shop: Shop, clock: FrozenClock) -> None:
    clock.set(NOON)
    anna, till = await town.member("Anna"), Till(shop)
    card = anna.member().card_number
    receipts = []
    for month in range(12):  # twelve times 300 yuan; the fourth brings silver, from the fifth on points count ×1.5
        clock.set(NOON + month * MONTH)
        run_due(shop)
        receipts.append(await till.sell(card, f"r{month}", 30_000, clock.now()))
        await anna.send("/checkin")
    assert [receipt["tier"] for receipt in receipts] == ["basic"] * 3 + ["silver"] * 9
    assert "4,924" in await says(anna, "points")  # 4 × 300 + 8 × 450 + 100 for the first + 12 × 2 for check-ins
    assert "4,924" in await says(anna, "/points")

    await anna.send("/rewards")
    asked = await ask_for_the_mug(anna)
    [yes] = [data for data in buttons(asked) if data.startswith("take:")]
    await town.taps_before_an_answer(anna, yes, 5)
    assert "4,624" in await says(anna, "points")  # one mug of 300, however often she tapped

    back = await till.take_back(receipts[2]["id"], "b2", 15_000)
    assert (back["balance"], back["tier"]) == (4624 - 150, "silver")
    assert "4,474" in await says(anna, "points")
    proven(shop)

    clock.set(NOON + timedelta(days=366))
    run_due(shop)
    assert "4,372" in await says(anna, "points")  # what the mug left of the first receipt and check-in is over
    clock.set(NOON + timedelta(days=900))
    run_due(shop)
    assert "0 points" in await says(anna, "points")
    with shop.read() as session:
        path = [(move.to_tier, move.effective_at) for move in reversed(moves(session, anna.member().id))]
    last_met = NOON + 11 * MONTH
    assert path == [
        ("silver", NOON + 3 * MONTH),
        ("basic", datetime(last_met.year + 1, last_met.month, last_met.day, 16, tzinfo=UTC)),
    ]
    proven(shop)
