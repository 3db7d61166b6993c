from __future__ import annotations

from datetime import date

import pytest

from bot.dates import Unclear, YearMissing, read_date


@pytest.mark.parametrize(
    "text",
    ["1990-05-17", " 1990/5/17 ", "1990.5.17", "1990年5月17日", "１９９０年５月１７号", "17.05.1990", "17.5.1990",
     "17/05/1990", "05/17/1990", "5-17-1990"],
)  # fmt: skip
def test_dates_as_people_write_them(text: str) -> None:
    assert read_date(text) == date(1990, 5, 17)


def test_the_same_number_twice_is_one_reading() -> None:
    assert read_date("05/05/1990") == date(1990, 5, 5)


@pytest.mark.parametrize("text", ["5月17日", "17.05.", "05-17", "5/17"])
def test_a_day_without_a_year(text: str) -> None:
    with pytest.raises(YearMissing):
        read_date(text)


@pytest.mark.parametrize("text", ["04/05/1990", "1990-02-30", "31.11.1990", "tomorrow", "", "90-05-17", "13/13/1990"])
def test_what_cannot_be_read_for_certain(text: str) -> None:
    with pytest.raises(Unclear):
        read_date(text)
