"""What a story runs into on the way, with the small program. The shipped programs' stories are in tests/stories."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.program.loading import load, load_file, read
from core.services.programs.preview_program import Told, preview_program
from core.services.programs.story import StoryError, read_story
from tests.cli.conftest import Run, folder, run
from tests.conftest import SMALL

__all__ = ["folder", "run"]
PROGRAM = load_file(SMALL)
AT = "2026-03-02T10:00:00+08:00"


def event(do: str, member: str | None = "ann", at: str = AT, **more: Any) -> dict[str, Any]:
    return {"at": at, "do": do, **({"member": member} if member else {}), **more}


def tea(amount: int, category: str = "grocery") -> dict[str, Any]:
    return {"sku": "tea", "category": category, "quantity": 1, "unit_price": amount}


def buy(external_id: str, amount: int, **more: Any) -> dict[str, Any]:
    return event("purchase", id=external_id, lines=[tea(amount)], **more)


@pytest.fixture
def story(tmp_path: Path) -> Path:
    return tmp_path / "story.jsonl"


def tell(story: Path, *events: dict[str, Any]) -> Iterator[Told]:
    story.write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    return preview_program(read(SMALL), PROGRAM, read_story(story, PROGRAM))


def test_an_empty_story_tells_nothing(story: Path) -> None:
    assert list(tell(story)) == []


def test_a_refusal_says_why_and_changes_nothing(story: Path) -> None:
    """100 yuan are 100 points and 100 more for the first purchase; the mug costs 300."""
    *_, bought, refused = tell(story, event("enrol"), buy("r1", 10000), event("redeem", reward="mug"))
    assert (bought.balance, refused.balance, refused.entries) == (200, 200, [])
    assert refused.refused is not None
    assert refused.refused.model_dump() == {
        "reason": "points-short",
        "facts": {"needed": 300, "active": 200, "missing": 100},
        "text": "This takes 300 points; 200 points can be spent: 100 points too few.",
    }


def test_a_till_that_sends_twice_books_once(story: Path) -> None:
    *_, once, twice = tell(story, event("enrol"), buy("r1", 10000), buy("r1", 10000))
    assert (once.balance, twice.balance, twice.entries, twice.refused) == (200, 200, [], None)


def test_one_number_for_two_purchases_is_refused(story: Path) -> None:
    *_, other = tell(story, event("enrol"), buy("r1", 10000), buy("r1", 20000))
    assert other.refused is not None
    assert (other.balance, other.refused.reason) == (200, "external-id-reused")


def test_the_refund_of_a_refused_purchase_is_refused(story: Path) -> None:
    wrong = event("purchase", id="r1", lines=[tea(100, "cars")])
    *_, bought, back = tell(story, event("enrol"), wrong, event("refund", None, of="r1", amount=100))
    assert bought.refused is not None
    assert bought.refused.reason == "category-unknown"
    assert back.refused is not None
    assert (back.member, back.refused.reason) == ("ann", "unknown-purchase")


def test_an_invited_friend_pays_both(story: Path) -> None:
    """50 yuan: 50 and 100 for a first purchase and 30 for the friend; 50 for the inviter."""
    bo = {"member": "bo"}
    events = [event("enrol"), event("enrol", "bo", invited_by="ann"), {**buy("r1", 5000), **bo}, event("tick")]
    *_, friend, inviter = tell(story, *events)
    assert (friend.member, friend.balance, inviter.member, inviter.balance) == ("bo", 180, "ann", 50)
    assert inviter.entries == []  # the friend's purchase wrote it


def test_who_is_invited_to_a_tier_earns_by_it(story: Path) -> None:
    """10 yuan × 2 as gold."""
    enrolled, bought = tell(story, event("enrol", invite="gold"), buy("r1", 1000, at="2026-03-02T10:01:00+08:00"))
    assert [(each.rule, each.points) for each in enrolled.entries] == [("invitation", 0)]
    assert (enrolled.tier, bought.tier, bought.balance) == ("gold", "gold", 20)


def test_a_late_purchase_is_judged_as_of_its_time(story: Path) -> None:
    """1,000 yuan on 1 March are silver: the 100 yuan of 2 March are worth 150 then, and first was the earlier one."""
    late = buy("r2", 100_000, at="2026-03-03T10:00:00+08:00", occurred_at="2026-03-01T10:00:00+08:00")
    *_, bought, told = tell(story, event("enrol"), buy("r1", 10000), late)
    assert bought.balance == 200
    assert sorted((each.rule, each.points) for each in told.entries) == [
        ("base", 50),
        ("base", 1000),
        ("first", -100),
        ("first", 100),
    ]
    assert (told.balance, told.tier, told.qualifying) == (1250, "silver", 110_000)


def test_adjustments_and_their_default_reason(story: Path) -> None:
    *_, told = tell(story, event("enrol"), event("adjust", points=7))
    assert [(each.kind, each.points, each.explanation["inputs"]) for each in told.entries] == [
        ("adjustment", 7, {"reason": "a story"})
    ]


def test_an_activity_counts_within_its_limits(story: Path, tmp_path: Path) -> None:
    extra = '\n[[activities]]\nid = "review"\nname = { en = "Review", zh-Hans = "评价" }\npoints = 20\nper_day = 1\n'
    source = read(SMALL) + extra
    program = load(source, "small")
    review = event("activity", activity="review", about="tea")
    story.write_text("\n".join(map(json.dumps, [event("enrol"), review, {**review, "about": "mug"}])), encoding="utf-8")
    *_, counted, refused = preview_program(source, program, read_story(story, program))
    assert [(each.kind, each.rule, each.points) for each in counted.entries] == [("bonus", "activity:review", 20)]
    assert refused.refused is not None
    assert (refused.balance, refused.refused.reason) == (20, "activity-limit-day")


def test_a_card_is_handed_on(story: Path) -> None:
    """Where the program allows it the points go along, and what was bought with the card comes back to it: 50 yuan,
    half of them, of 50 points and 100 for a first purchase."""
    source = read(SMALL).replace('id = "small"', 'id = "small"\ntransferable = true', 1)
    program = load(source, "small")
    refund = event("refund", None, of="r1", amount=2500)
    events = [
        event("enrol"),
        buy("r1", 5000),
        event("handover", to="bo"),
        event("tick", None),
        refund,
        event("checkin"),
    ]
    story.write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    told = preview_program(source, program, read_story(story, program))
    _, _, handed, taken, back = (next(told) for _ in range(5))
    assert [(each.member, each.balance) for each in (handed, taken, back)] == [("ann", 150), ("bo", 150), ("bo", 75)]
    assert [(each.kind, each.points, each.rule) for each in handed.entries] == [("adjustment", 0, "handover")]
    with pytest.raises(StoryError, match=":6: ann is not a member here"):
        next(told)


def test_a_card_that_is_not_to_be_handed_on_stays(story: Path) -> None:
    *_, refused, after = tell(story, event("enrol"), event("handover", to="bo"), event("checkin"))
    assert refused.refused is not None
    assert (refused.refused.reason, after.member, after.balance) == ("card-not-transferable", "ann", 2)


def test_nobody_acts_whose_enrolment_was_refused(story: Path) -> None:
    """The line that was refused is told; the next one is impossible."""
    told = tell(story, event("enrol", birthday="2030-01-01"), event("checkin"))
    first = next(told)
    assert first.refused is not None
    assert (first.refused.reason, first.tier) == ("birthday-impossible", None)
    with pytest.raises(StoryError) as error:
        next(told)
    assert str(error.value) == (
        f"{story}:2: ann is not a member here: the card was refused, or handed on; see what the lines before say of ann"
    )


def test_the_same_story_is_told_the_same_way(story: Path) -> None:
    events = [event("enrol", birthday="1990-03-02"), event("tick"), buy("r1", 100_000), event("redeem", reward="mug")]
    first, second = ([each.model_dump_json() for each in tell(story, *events)] for _ in range(2))
    assert first == second
    assert '"template":"ten-off"' in first[1]


def test_the_command_refuses_an_impossible_story(run: Run, folder: Path) -> None:
    (folder / "story.jsonl").write_text(json.dumps(event("checkin")) + "\n")
    result = run("program", "preview", str(SMALL), "story.jsonl")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "story.jsonl:1: ann is not enrolled; enrol them on a line before\n"
    assert sorted(each.name for each in folder.iterdir()) == ["story.jsonl"]


def test_the_command_needs_both_files(run: Run, folder: Path) -> None:
    result = run("program", "preview", str(SMALL), "none.jsonl")
    assert result.exit_code == 2
    assert "none.jsonl: No such file or directory; check the path" in result.stderr


def test_a_prize_draw_is_played_with_the_same_seeds_every_time(story: Path) -> None:
    source = SMALL.read_text(encoding="utf-8")
    source += (SMALL.parent / "services" / "activities" / "prize_draws.toml").read_text("utf-8")
    source = source.replace('coupon = "ten"', "points = 30").replace('["gold"]', "[]")
    program = load(source, "small")
    played = [event("play", draw=draw) for draw in ("sure", "golden", "golden")]
    happened = [event("enrol"), event("adjust", points=90), *played]
    story.write_text("\n".join(map(json.dumps, happened)), encoding="utf-8")
    told = [list(preview_program(source, program, read_story(story, program))) for _ in range(2)]
    assert told[0] == told[1]
    *_, sure, golden, again = told[0]
    assert [(entry.points, entry.rule) for entry in sure.entries] == [(-10, "prize_draw:sure")]
    assert [(entry.kind, entry.points) for entry in golden.entries] == [("redemption", 0), ("bonus", 7)]
    assert (sure.balance, golden.balance, again.balance) == (80, 87, 87)
    assert again.refused is not None
    assert again.refused.reason == "prize-draw-limit-day"
