"""Files as spreadsheets really write them."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from core.services.importing.columns import BadFile, ColumnMap
from core.services.importing.reading import RefusedRow, Row, read

FIELDS = ["card_number", "name", "store"]


def rows(file: Path, columns: ColumnMap | None = None) -> list[Row | RefusedRow]:
    return list(read(file, columns or ColumnMap(), FIELDS, ["card_number", "name"], lambda done, size: None))


def written(tmp_path: Path, content: bytes | str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "members.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


CHINESE = "card_number,name,store\n1001,李静,北京路店\n"
READ = [Row(2, {"card_number": "1001", "name": "李静", "store": "北京路店"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_of_spreadsheets_are_recognised(tmp_path: Path, encoding: str) -> None:
    assert rows(written(tmp_path, CHINESE, encoding)) == READ


def test_gbk_in_the_column_map_is_read_as_its_superset(tmp_path: Path) -> None:
    columns = ColumnMap(encoding="gbk")
    assert columns.encoding == "gb18030"
    rare = "card_number,name\n1,㼆\n"  # only gb18030 has it
    assert rows(written(tmp_path, rare, "gb18030"), columns) == [Row(2, {"card_number": "1", "name": "㼆"})]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    columns = ColumnMap(encoding="utf-8")
    assert rows(written(tmp_path, codecs.BOM_UTF8 + CHINESE.encode()), columns) == READ


def test_western_letters_are_not_guessed_at(tmp_path: Path) -> None:
    file = written(tmp_path, "card_number,name\n1,Ann\n2,Jürgen Müller\n", "cp1252")
    with pytest.raises(BadFile, match=r'members.csv:3: has bytes that are not .*encoding = "gb18030" .* or "cp1252"'):
        rows(file)
    assert rows(file, ColumnMap(encoding="cp1252"))[1] == Row(3, {"card_number": "2", "name": "Jürgen Müller"})


def test_a_wrong_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, CHINESE, "gbk")
    with pytest.raises(BadFile, match=r'members.csv:2: has bytes that are not utf-?8; .* this one is "utf-8"'):
        rows(file, ColumnMap(encoding="utf-8"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_delimiters_are_recognised(tmp_path: Path, delimiter: str) -> None:
    assert rows(written(tmp_path, CHINESE.replace(",", delimiter))) == READ


def test_a_row_is_named_by_the_line_it_begins_at(tmp_path: Path) -> None:
    file = written(tmp_path, 'card_number,name\r\n1,"Ann\r\nof the corner shop"\r\n\r\n,\r\n2,Bob\r\n')
    assert [row.line for row in rows(file)] == [2, 6]


def test_a_row_with_a_cell_too_few_is_refused_alone(tmp_path: Path) -> None:
    first, second = rows(written(tmp_path, "card_number,name,store\n1,Ann\n2,Bob,A\n"))
    assert isinstance(first, RefusedRow)
    assert (first.line, first.reason) == (2, "the row has 2 cells, the header 3")
    assert second == Row(3, {"card_number": "2", "name": "Bob", "store": "A"})


def test_leading_zeros_saved_as_a_formula_are_kept(tmp_path: Path) -> None:
    [row] = rows(written(tmp_path, 'card_number,name\n"=""00123""",Ann\n'))
    assert row == Row(2, {"card_number": "00123", "name": "Ann"})


def test_columns_are_mapped_in_any_case_and_width(tmp_path: Path) -> None:
    columns = ColumnMap(columns={"card_number": "卡号 (Card)", "name": "NAME"}, defaults={"store": "A"})
    [row] = rows(written(tmp_path, " 卡号　（ｃａｒｄ） ,Name\n1,Ann\n"), columns)
    assert row == Row(2, {"card_number": "1", "name": "Ann", "store": "A"})


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        ("", ColumnMap(), "there is no header"),
        ("card_number;shop\n", ColumnMap(), "no column 'name' for name; there are: card_number, shop"),
        ("card_number,name,Name\n", ColumnMap(), "two columns are called 'name'"),
        ("card_number,name\n", ColumnMap(columns={"store": "shop"}), "no column 'shop' for store"),
        ("card_number,name\n", ColumnMap(columns={"nmae": "x"}), "the column map names nmae; the fields are"),
        ("card_number,name\n1,A\0nn\n", ColumnMap(), "2: has a NUL character"),
        ('card_number,name\n1,"' + "x\n" * 70_000, ColumnMap(), "close the quote that is open here"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, content: str, columns: ColumnMap, message: str) -> None:
    with pytest.raises(BadFile) as fault:
        rows(written(tmp_path, content), columns)
    assert message in str(fault.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"none.csv: cannot be read \(No such file or directory\)"):
        rows(tmp_path / "none.csv")
