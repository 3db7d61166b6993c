"""Members out of a CSV, through the real service, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from core.db.members import members
from core.insight.members import MemberView, member_of
from core.services.common import MemberRef
from core.services.importing.columns import ColumnMap
from core.services.importing.import_members import import_members
from core.services.importing.outcome import Imported
from core.services.importing.reading import RefusedRow
from core.services.once import Caller
from core.shop import Shop

HEADER = "card_number,name,phone,birthday,language,joined_at,store\n"


def run(shop: Shop, file: Path, columns: ColumnMap | None = None) -> tuple[Imported, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    caller = Caller("import", "")
    counted = import_members(shop, caller, file, columns or ColumnMap(), refused.append, lambda *_: None)
    return counted, refused


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "members.csv"
    file.write_bytes(text.encode(encoding))
    return file


def member(shop: Shop, card: str) -> MemberView:
    with shop.read() as session:
        return member_of(session, MemberRef(card_number=card))


def known(shop: Shop, card: str) -> bool:
    with shop.read() as session:
        return session.execute(select(members.c.id).where(members.c.card_number == card)).first() is not None


def test_a_member_with_everything(shop: Shop, tmp_path: Path) -> None:
    row = "10001,Ann Lee,+1 212 555 0123,1990-02-28,en,2024-05-06 09:30,Main Street\n"
    counted, refused = run(shop, written(tmp_path, HEADER + row))
    assert (counted.rows, counted.accepted, counted.refused, refused) == (1, 1, 0, [])
    found = member(shop, "10001")
    assert (found.name, found.phone, found.birthday) == ("Ann Lee", "+12125550123", date(1990, 2, 28))
    assert (found.language, found.store) == ("en", "Main Street")
    assert found.joined_at == datetime(2024, 5, 6, 13, 30, tzinfo=UTC)  # the shop is in New York


def test_a_file_from_a_chinese_spreadsheet(shop: Shop, tmp_path: Path) -> None:
    text = "会员卡号;姓名;手机号;生日;入会日期\n１０００２;李静;138 0013 8000;1985年7月1日;2024/5/6\n"
    columns = ColumnMap(
        country="CN",
        zone="Asia/Shanghai",
        columns={
            "card_number": "会员卡号",
            "name": "姓名",
            "phone": "手机号",
            "birthday": "生日",
            "joined_at": "入会日期",
        },
        defaults={"language": "zh-Hans"},
    )
    counted, refused = run(shop, written(tmp_path, text, "gbk"), columns)
    assert (counted.accepted, refused) == (1, [])
    found = member(shop, "10002")
    assert (found.name, found.phone, found.birthday) == ("李静", "+8613800138000", date(1985, 7, 1))
    assert (found.language, found.joined_at) == ("zh-Hans", datetime(2024, 5, 5, 16, 0, tzinfo=UTC))


def test_importing_again_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + "10001,Ann,,,,,\n10002,Bob,,,,,\n")
    run(shop, file)
    before = member(shop, "10001")
    counted, refused = run(shop, file)
    assert (counted.accepted, counted.refused, refused) == (2, 0, [])
    assert member(shop, "10001") == before


def test_bad_rows_are_reported_and_the_others_taken(shop: Shop, tmp_path: Path) -> None:
    rows = [
        "10001,Ann,+1 212 555 0123,,,,",
        ",Bob,,,,,",
        "10003,,,,,,",
        "10004,Cid,+1 212 555 0123,,,,",
        "10005,Dan,,03/04/1980,,,",
        "10006,Eve,,2090-01-01,,,",
        "10007,Fay,,,xx,,",
        "10008,Gil,,,,2099-01-01,",
        "10001,Ann again,,,,,",
        "1e15,Hal,,,,,",
        "10011,Ivy,,,,",
        "#,Joe,,,,,",
        "10013,Kim,,,,,",
    ]
    counted, refused = run(shop, written(tmp_path, HEADER + "\n".join(rows) + "\n"))
    assert (counted.rows, counted.accepted, counted.refused) == (13, 2, 11)
    assert {(row.line, row.field) for row in refused} == {
        (3, "card_number"),
        (4, "name"),
        (5, "phone"),
        (6, "birthday"),
        (7, "birthday"),
        (8, "language"),
        (9, "joined_at"),
        (10, ""),
        (11, "card_number"),
        (12, ""),
        (13, "card_number"),
    }
    assert all(row.reason and row.mend for row in refused)
    assert known(shop, "10013")
    assert not any(known(shop, card) for card in ("10003", "10004", "10005", "10006", "10007", "10008"))
    assert member(shop, "10001").name == "Ann"


def test_a_changed_row_is_refused_and_says_so(shop: Shop, tmp_path: Path) -> None:
    run(shop, written(tmp_path, HEADER + "10001,Ann,,,,,\n"))
    _, [refused] = run(shop, written(tmp_path, HEADER + "10001,Anna,,,,,\n"))
    assert refused.mend == "this id was imported before with other content; give the changed one an id of its own"
    assert member(shop, "10001").name == "Ann"


def test_more_members_than_a_batch(shop: Shop, tmp_path: Path) -> None:
    rows = "".join(f"{10_000 + number},Member {number},,,,,\n" for number in range(450))
    counted, _ = run(shop, written(tmp_path, HEADER + rows))
    assert counted.accepted == 450
    assert member(shop, "10449").name == "Member 449"


def test_a_birthday_kept_by_the_lunar_calendar(shop: Shop, tmp_path: Path) -> None:
    """The 5th of the leap fifth month of 1990 and the 23rd of the fourth; nobody keeps one by another calendar."""
    header = "card_number,name,birthday,birthday_calendar\n"
    rows = "10001,Ann,1990-06-27,lunar\n10002,Bo,1990-05-17,农历\n10003,Cy,1990-05-17,\n10004,Di,1990-05-17,maya\n"
    counted, [refused] = run(shop, written(tmp_path, header + rows))
    assert (counted.accepted, counted.refused) == (3, 1)
    assert [member(shop, card).birthday_calendar for card in ("10001", "10002", "10003")] == ["lunar", "lunar", "solar"]
    with shop.read() as session:
        days = session.execute(select(members.c.lunar_birthday_md).order_by(members.c.card_number)).scalars().all()
    assert days == [505, 423, None]
    assert (refused.line, refused.field, refused.value) == (5, "birthday_calendar", "maya")
    assert (refused.reason, refused.mend) == ("not a calendar", "write solar or lunar, or leave the cell empty")
    assert not known(shop, "10004")
    counted, _ = run(shop, written(tmp_path, header + rows))
    assert counted.accepted == 3
