"""Purchases out of a CSV, through the real service, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.db.ledger import entries
from core.db.purchases import purchase_lines, purchases
from core.services.books.audit import audit
from core.services.importing import import_purchases as module
from core.services.importing.columns import BadFile, ColumnMap
from core.services.importing.import_purchases import import_purchases
from core.services.importing.outcome import Imported
from core.services.importing.reading import RefusedRow
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.purchases import record_purchase
from core.shop import Shop

HEADER = "external_id,card_number,occurred_at,store,channel,sku,category,quantity,unit_price,regular_price\n"


@pytest.fixture(autouse=True)
def ann(shop: Shop) -> None:
    form = EnrolForm(name="Ann", card_number="10001", joined_at=datetime(2024, 1, 1, tzinfo=UTC))
    enrol(shop, Caller("test", "ann"), form)


def run(shop: Shop, file: Path, **columns: Any) -> tuple[Imported, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    caller = Caller("import", "")
    counted = import_purchases(shop, caller, file, ColumnMap(**columns), refused.append, lambda *_: None)
    return counted, refused


def written(tmp_path: Path, *rows: str, header: str = HEADER) -> Path:
    file = tmp_path / "purchases.csv"
    file.write_text(header + "".join(f"{row}\n" for row in rows))
    return file


def recorded(shop: Shop) -> dict[str, tuple[int, int]]:
    """external_id → (total, number of lines)."""
    lines = select(func.count()).where(purchase_lines.c.purchase_id == purchases.c.id).scalar_subquery()
    with shop.read() as session:
        rows = session.execute(select(purchases.c.external_id, purchases.c.total, lines))
        return {row[0]: (row[1], row[2]) for row in rows}


def entry_count(shop: Shop) -> int:
    with shop.read() as session:
        count: int = session.execute(select(func.count()).select_from(entries)).scalar_one()
    return count


def test_rows_of_a_purchase_may_stand_apart(shop: Shop, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "r-2,10001,2026-02-02 10:00,A,shop,milk,grocery,2,1.50,1.80",
        "r-1,10001,2026-02-01 10:00,A,shop,bread,pastry,1,2.25,",
        "r-2,10001,2026-02-02 10:00,A,shop,apples,produce,1,3.00,3.00",
    )
    counted, refused = run(shop, file)
    assert (counted.rows, counted.accepted, counted.refused, refused) == (3, 2, 0, [])
    assert recorded(shop) == {"r-1": (225, 1), "r-2": (600, 2)}
    with shop.read() as session:
        line = session.execute(select(purchase_lines).where(purchase_lines.c.sku == "milk")).one()
        bread = session.execute(select(purchase_lines).where(purchase_lines.c.sku == "bread")).one()
        first = session.execute(select(purchases).where(purchases.c.external_id == "r-1")).one()
    assert (line.quantity, line.unit_price, line.regular_price) == (2, 150, 180)
    assert bread.regular_price == 225
    assert first.id == 1  # the older one, though it stands later
    assert first.occurred_at == datetime(2026, 2, 1, 15, 0, tzinfo=UTC)


def test_importing_again_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    file = written(
        tmp_path, "r-1,10001,2026-02-01,A,shop,x,grocery,1,10.00,", "r-2,10001,2026-02-02,A,shop,x,grocery,1,5,"
    )
    run(shop, file)
    before = recorded(shop), entry_count(shop)
    counted, refused = run(shop, file)
    assert (counted.accepted, refused) == (2, [])
    assert (recorded(shop), entry_count(shop)) == before
    assert audit(shop).found == 0


def test_interrupted_and_run_again_it_completes(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"r-{n},10001,2026-02-{n:02},A,shop,x,grocery,1,10.00," for n in range(1, 11)]
    file = written(tmp_path, *rows)
    monkeypatch.setattr(record_purchase, "BATCH", 4)
    order = module._order

    def pulled_plug(purchase: Any, refuse: Any) -> Any:
        if purchase.external_id == "r-7":
            raise KeyboardInterrupt
        return order(purchase, refuse)

    with monkeypatch.context() as broken:
        broken.setattr(module, "_order", pulled_plug)
        with pytest.raises(KeyboardInterrupt):
            run(shop, file)
    assert sorted(recorded(shop)) == ["r-1", "r-2", "r-3", "r-4"]
    counted, _ = run(shop, file)
    assert counted.accepted == 10
    assert len(recorded(shop)) == 10
    assert audit(shop).found == 0


def test_a_purchase_is_taken_whole_or_not_at_all(shop: Shop, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "r-1,10001,2026-02-01,A,shop,x,grocery,1,10.00,",
        "r-1,10001,2026-02-01,A,shop,y,grocery,1,ten,",
        "r-2,10001,2026-02-02,A,shop,x,grocery,1,5.00,",
    )
    counted, refused = run(shop, file)
    assert (counted.accepted, counted.refused) == (1, 2)
    assert recorded(shop) == {"r-2": (500, 1)}
    assert [(row.line, row.field) for row in refused] == [(3, "unit_price"), (2, "external_id")]
    assert refused[1].reason == "another row of this purchase was refused (line 3)"


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (",10001,2026-02-01,A,shop,x,grocery,1,1.00,", "external_id", "missing"),
        ("r,,2026-02-01,A,shop,x,grocery,1,1.00,", "card_number", "missing"),
        ("r,10001,,A,shop,x,grocery,1,1.00,", "occurred_at", "missing"),
        ("r,10001,01/02/2026,A,shop,x,grocery,1,1.00,", "occurred_at", "an ambiguous date: day or month first?"),
        ("r,10001,46054.5,A,shop,x,grocery,1,1.00,", "occurred_at", "a spreadsheet's day number"),
        ("r,10001,2026-02-01,A,shop,x,rockets,1,1.00,", "category", "the program has no such category"),
        ("r,10001,2026-02-01,A,shop,x,grocery,0.5,1.00,", "quantity", "not a whole number"),
        ("r,10001,2026-02-01,A,shop,x,grocery,-1,1.00,", "quantity", "negative"),
        ("r,10001,2026-02-01,A,shop,x,grocery,0,1.00,", "quantity", "Input should be greater than or equal to 1"),
        ("r,10001,2026-02-01,A,shop,x,grocery,1,1.005,", "unit_price", "USD has 2 decimals, this has more"),
        ("r,10001,2026-02-01,A,shop,x,grocery,1,,", "unit_price", "missing"),
        ("r,10001,2026-02-01,A,shop,x,grocery,1,99999999999,", "unit_price", "Input should be less than or equal to"),
        ("r,9999,2026-02-01,A,shop,x,grocery,1,1.00,", "", "There is no such member. Check the number"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_with_its_reason(shop: Shop, tmp_path: Path, row: str, field: str, reason: str) -> None:
    counted, [refused] = run(shop, written(tmp_path, row))
    assert (counted.accepted, counted.refused) == (0, 1)
    assert (refused.line, refused.field) == (2, field)
    assert refused.reason.startswith(reason)
    assert refused.mend
    assert recorded(shop) == {}


@pytest.mark.parametrize(
    ("cells", "field", "value"), [("0,1.00", "quantity", "0"), ("1,99999999999", "unit_price", "99999999999")]
)
def test_the_report_shows_what_the_file_says(shop: Shop, tmp_path: Path, cells: str, field: str, value: str) -> None:
    """The row that is wrong with its own value, the others of the purchase with its number."""
    good, bad = "r-1,10001,2026-02-01,A,shop,x,grocery,1,1.00,", f"r-1,10001,2026-02-01,A,shop,y,grocery,{cells},"
    _, refused = run(shop, written(tmp_path, good, bad))
    assert [(row.line, row.field, row.value) for row in refused] == [(3, field, value), (2, "external_id", "r-1")]
    assert recorded(shop) == {}


def test_a_purchase_in_the_future_is_refused(shop: Shop, tmp_path: Path) -> None:
    _, [refused] = run(shop, written(tmp_path, "r,10001,2027-01-01,A,shop,x,grocery,1,1.00,"))
    assert refused.reason.startswith("The purchase of")
    assert recorded(shop) == {}


def test_rows_that_disagree_are_refused_together(shop: Shop, tmp_path: Path) -> None:
    file = written(
        tmp_path, "r,10001,2026-02-01,A,shop,x,grocery,1,1.00,", "r,10001,2026-02-01,B,shop,x,grocery,1,1.00,"
    )
    _, refused = run(shop, file)
    assert [(row.line, row.field, row.reason) for row in refused] == [
        (line, "store", "the rows of this purchase disagree on store: A and B") for line in (2, 3)
    ]
    assert recorded(shop) == {}


def test_other_content_under_a_known_id_is_refused(shop: Shop, tmp_path: Path) -> None:
    run(shop, written(tmp_path, "r,10001,2026-02-01,A,shop,x,grocery,1,1.00,"))
    _, [refused] = run(shop, written(tmp_path, "r,10001,2026-02-01,A,shop,x,grocery,1,2.00,"))
    assert refused.mend == "this id was imported before with other content; give the changed one an id of its own"
    assert recorded(shop) == {"r": (100, 1)}


def test_a_foreign_file_through_a_column_map(shop: Shop, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "B1;10001;02.02.2026 18:05;Obst;2;1.234,50",
        header="Bon;Karte;Zeit;Warengruppe;Menge;Preis\n",
    )
    counted, refused = run(
        shop,
        file,
        decimal=",",
        thousands=".",
        date_format="%d.%m.%Y %H:%M",
        zone="Europe/Berlin",
        columns={
            "external_id": "Bon",
            "card_number": "Karte",
            "occurred_at": "Zeit",
            "category": "Warengruppe",
            "quantity": "Menge",
            "unit_price": "Preis",
        },
        categories={"Obst": "produce"},
        defaults={"store": "Berlin", "channel": "web"},
    )
    assert (counted.accepted, refused) == (1, [])
    with shop.read() as session:
        purchase = session.execute(select(purchases)).one()
    assert (purchase.total, purchase.store, purchase.channel) == (246_900, "Berlin", "web")
    assert purchase.occurred_at == datetime(2026, 2, 2, 17, 5, tzinfo=UTC)


def test_a_file_without_its_columns_writes_nothing(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no column 'card_number' for card_number"):
        run(shop, written(tmp_path, "r,x", header="external_id,card\n"))
    assert recorded(shop) == {}
