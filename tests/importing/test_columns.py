"""The column map names its mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.services.importing.columns import BadFile, ColumnMap, load_columns


def test_a_column_map(tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text('encoding = "GBK"\nmoney = "minor"\n[columns]\nname = "姓名"\n', encoding="utf-8-sig")
    assert load_columns(file) == ColumnMap(encoding="gb18030", money="minor", columns={"name": "姓名"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colums = {}", "colums: Extra inputs are not permitted"),
        ('zone = "Peking"', "zone: Value error, write an IANA zone such as Asia/Shanghai"),
        ('encoding = "klingon"', "write auto, utf-8, gb18030"),
        ('country = "China"', "write an ISO 3166 code"),
        ('decimal = ","', 'write thousands = ""'),
        ('delimiter = "::"', "delimiter is one character"),
        ("zone = ", "mend the TOML"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "map.toml"
    file.write_text(text)
    with pytest.raises(BadFile) as fault:
        load_columns(file)
    assert str(file) in str(fault.value)
    assert message in str(fault.value)


def test_a_missing_map(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"none.toml: cannot be read"):
        load_columns(tmp_path / "none.toml")
