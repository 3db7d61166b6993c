"""Photos over HTTP: the file itself, named by what comes back."""

from __future__ import annotations

from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import once, refused, unchanged
from tests.services.campaigns.test_add_photo import filled_up, jpeg, png

JPEG = {"Content-Type": "image/jpeg"}
MOST = 10_000_000


async def test_a_photo_is_uploaded_and_named_by_a_campaign(staff: AsyncClient, shop: Shop, anna: int) -> None:
    added = await staff.post("/v1/photos", content=jpeg(), headers=JPEG | once())
    told = added.json()
    assert (added.status_code, told["media_type"], told["width"], told["height"]) == (201, "image/jpeg", 40, 30)
    with unchanged(shop):
        again = await staff.post("/v1/photos", content=jpeg(), headers=JPEG | once())
        assert (again.status_code, again.json()) == (201, told)
        other = await staff.post("/v1/photos", content=png(9, 9), headers=JPEG | once())
        refused(other, 409, "key-reused")
        form = {"name": "A", "audience": {"members": [anna]}, "contents": [{"text": "A", "photo": "upload:99"}]}
        unknown = await staff.post("/v1/campaigns", json=form, headers=once("c"))
        assert refused(unknown, 422, "photo-unknown") == {"photo": "upload:99"}
    form["contents"] = [{"text": "A", "photo": told["photo"]}]
    assert (await staff.post("/v1/campaigns", json=form, headers=once("d"))).status_code == 201


async def test_what_is_no_photo_is_refused(staff: AsyncClient, shop: Shop) -> None:
    with unchanged(shop):
        large = await staff.post("/v1/photos", content=bytes(MOST + 1), headers=JPEG | once())
        assert refused(large, 413, "body-too-large") == {"limit": MOST}
        text = await staff.post("/v1/photos", json={}, headers=once())
        assert refused(text, 415, "unsupported-media-type") == {"supported": ["image/jpeg", "image/png"]}
        refused(await staff.post("/v1/photos", content=b"GIF89a", headers=JPEG | once()), 422, "photo-format")
        narrow = await staff.post("/v1/photos", content=png(101, 5), headers=JPEG | once() | {"Accept-Language": "zh"})
        refused(narrow, 422, "photo-too-narrow")
        assert narrow.json()["detail"] == "图片为 101 × 5 像素，Telegram 不接受长边超过短边 20 倍的图片。请裁剪。"


async def test_a_photo_of_the_most_bytes_fits(staff: AsyncClient) -> None:
    added = await staff.post("/v1/photos", content=filled_up(MOST), headers={"Content-Type": "image/png"} | once())
    assert added.status_code == 201
