"""One person drafts a program, a second one publishes it; and members keep what they have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core.insight.programs import draft_view, drafts, told_history, version_view
from core.insight.tier import standing
from core.program.loading import ProgramError
from core.rules.refusal import Fact, Refused
from core.services.books.run_due import run_due
from core.services.once import Caller
from core.services.programs.draft_program import NewDraft, draft_program
from core.services.programs.publish_draft import DraftPublication, publish_draft
from core.services.programs.publish_program import ProgramDraft, PublishedVersion, publish_program
from core.services.programs.publishing import person
from core.services.programs.withdraw_draft import DraftWithdrawal, withdraw_draft
from core.shop import Shop
from tests.conftest import SMALL, FrozenClock
from tests.shopping import balance_of, bring_back, buy, dump, enrol_one, line, proven

SOURCE = SMALL.read_text(encoding="utf-8")
GENEROUS = SOURCE.replace("points = 1\nper = 100", "points = 7\nper = 100")
OTHERWISE = (
    GENEROUS.replace("expires_months = 12", "expires_months = 1")
    .replace("spend = 100_000", "spend = 900_000")
    .replace("spend = 500_000", "spend = 9_000_000")
)


def by(name: str, key: str = "1") -> Caller:
    return Caller(name, f"{name}:{key}")


def drafted(shop: Shop, source: str = GENEROUS, actor: str = "staff:ann", key: str = "d") -> int:
    return draft_program(shop, by(actor, key), NewDraft(source=source)).id


def published(shop: Shop, draft: int, at: datetime | None = None, actor: str = "admin:bo") -> PublishedVersion:
    return publish_draft(shop, by(actor, f"p{draft}"), DraftPublication(draft=draft, effective_at=at))


def refusal(shop: Shop, wish: DraftPublication, actor: str = "admin:bo") -> tuple[str, dict[str, Fact]]:
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        publish_draft(shop, by(actor, "refused"), wish)
    assert dump(shop) == before
    return caught.value.refusal.reason, caught.value.refusal.facts


def test_a_second_person_publishes_what_the_first_has_drafted(small_shop: Shop, clock: FrozenClock) -> None:
    enrol_one(small_shop)
    draft = draft_program(small_shop, by("staff:ann"), NewDraft(source=GENEROUS, note="seven for one"))
    assert (draft.id, draft.program, draft.status, draft.drafted_by) == (1, "small", "open", "staff:ann")
    tomorrow = clock.now() + timedelta(days=1)
    version = published(small_shop, 1, tomorrow)
    assert (version.id, version.effective_at, version.sha256) == (2, tomorrow, draft.sha256)
    with small_shop.read() as session:
        told = told_history(small_shop, session)[-1]
        [kept] = drafts(session)
    assert (told.drafted_by, told.published_by, told.note) == ("staff:ann", "admin:bo", "seven for one")
    assert [str(change) for change in told.changes] == ["changed earning.rules[base].points: 1 → 7"]
    assert (kept.status, kept.version_id) == ("published", 2)
    assert refusal(small_shop, DraftPublication(draft=1)) == ("draft-published", {"draft": 1, "version": 2})


@pytest.mark.parametrize("publisher", ["staff:ann", "admin:ann", "admin:Ann ", "admin:ＡＮＮ"])
def test_nobody_publishes_their_own_draft_whatever_their_key_may_do(small_shop: Shop, publisher: str) -> None:
    draft = drafted(small_shop)
    assert refusal(small_shop, DraftPublication(draft=draft), publisher) == ("own-draft", {"by": "staff:ann"})


def test_persons_are_told_apart_by_their_names() -> None:
    assert person("admin:ann") != person("admin:anne")
    assert person("system") == "system"


def test_other_text_than_the_one_that_was_read_is_not_published(small_shop: Shop) -> None:
    draft = drafted(small_shop)
    with small_shop.read() as session:
        shown = draft_view(session, draft)
    assert shown is not None
    assert shown.source == GENEROUS
    changed = {"draft": draft, "sha256": shown.sha256}
    assert refusal(small_shop, DraftPublication(draft=draft, sha256="0" * 64)) == ("draft-changed", changed)
    with small_shop.write() as session:
        session.execute(text("UPDATE program_draft SET source = replace(source, 'points = 7', 'points = 9')"))
    assert refusal(small_shop, DraftPublication(draft=draft, sha256=shown.sha256)) == ("draft-changed", changed)
    assert refusal(small_shop, DraftPublication(draft=draft)) == ("draft-changed", changed)


def test_a_withdrawn_draft_stays_unpublished(small_shop: Shop) -> None:
    draft = drafted(small_shop)
    gone = withdraw_draft(small_shop, by("staff:ann", "w"), DraftWithdrawal(draft=draft))
    assert (gone.status, gone.withdrawn_by) == ("withdrawn", "staff:ann")
    withdrawn = ("draft-withdrawn", {"draft": draft, "by": "staff:ann"})
    assert refusal(small_shop, DraftPublication(draft=draft)) == withdrawn
    assert refusal(small_shop, DraftPublication(draft=9)) == ("unknown-draft", {"draft": 9})
    with pytest.raises(Refused, match="draft-withdrawn"):
        withdraw_draft(small_shop, by("staff:ann", "again"), DraftWithdrawal(draft=draft))


def test_a_faulty_text_and_an_unknown_version_are_no_drafts(small_shop: Shop) -> None:
    before = dump(small_shop)
    with pytest.raises(ProgramError, match="schema: 2 is not known here"):
        drafted(small_shop, SOURCE.replace("schema = 1", "schema = 2"))
    with pytest.raises(Refused, match="unknown-version"):
        draft_program(small_shop, by("staff:ann"), NewDraft(version=7))
    with pytest.raises(ValueError, match="either source"):
        NewDraft()
    assert dump(small_shop) == before


def test_going_back_is_a_draft_and_a_publication_too(small_shop: Shop) -> None:
    published(small_shop, drafted(small_shop))
    back = draft_program(small_shop, by("staff:bo", "back"), NewDraft(version=1))
    assert back.note == "back to version 1"
    assert refusal(small_shop, DraftPublication(draft=back.id), "admin:bo")[0] == "own-draft"
    assert published(small_shop, back.id, actor="admin:ann").id == 3
    with small_shop.read() as session:
        first, third = version_view(session, 1), version_view(session, 3)
    assert first is not None
    assert third is not None
    assert first.source == third.source == SOURCE


def test_once_somebody_has_joined_nobody_publishes_alone(small_shop: Shop) -> None:
    alone = ProgramDraft(source=GENEROUS)
    assert publish_program(small_shop, by("staff:ann"), alone).id == 2
    enrol_one(small_shop)
    before = dump(small_shop)
    with pytest.raises(Refused, match="second-person-needed"):
        publish_program(small_shop, by("staff:ann", "2"), ProgramDraft(source=SOURCE))
    with pytest.raises(Refused, match="own-draft"):
        publish_program(small_shop, by("staff:ann", "3"), ProgramDraft(source=SOURCE, drafted_by="staff:Ann"))
    assert dump(small_shop) == before
    both = ProgramDraft(source=SOURCE, drafted_by="staff:bo")
    assert publish_program(small_shop, by("staff:ann", "4"), both).id == 3


@pytest.mark.parametrize("back", [timedelta(days=1), timedelta(microseconds=1)])
def test_the_past_is_never_judged_anew(small_shop: Shop, clock: FrozenClock, back: timedelta) -> None:
    clock.move(days=3)
    draft = drafted(small_shop)
    reason, _ = refusal(small_shop, DraftPublication(draft=draft, effective_at=clock.now() - back))
    assert reason == "program-in-the-past"


def test_members_keep_what_they_have(small_shop: Shop, clock: FrozenClock) -> None:
    """Over live members: other rates, thresholds, terms and expiry; the books stay right at every step."""
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(200_000))
    kept = [(lot.points, lot.expires_at) for lot in balance_of(small_shop, ann).expiring]
    with small_shop.read() as session:
        held = standing(small_shop, session, ann)
    assert (held.tier, held.until) == ("silver", datetime.fromisoformat("2027-03-02T16:00:00+00:00"))
    clock.move(days=10)
    published(small_shop, drafted(small_shop, OTHERWISE))
    proven(small_shop)
    assert [(lot.points, lot.expires_at) for lot in balance_of(small_shop, ann).expiring] == kept
    with small_shop.read() as session:
        still = standing(small_shop, session, ann)
    assert (still.tier, still.until) == (held.tier, held.until)

    late = buy(small_shop, ann, "late", line(1_000), at=clock.now() - timedelta(days=5))
    now = buy(small_shop, ann, "now", line(1_000))
    assert (late.entries[0].points, now.entries[0].points) == (15, 105)  # silver × 1.5; 1 a yuan then, 7 now
    assert [each.explanation["version"] for each in (late.entries[0], now.entries[0])] == [1, 2]
    proven(small_shop)

    clock.move(days=60)  # what the new version gave has lapsed
    until = datetime.fromisoformat("2027-03-07T16:00:00+00:00")  # the late one met silver again, by the version then
    with small_shop.read() as session:
        assert standing(small_shop, session, ann).until == until
    taken = bring_back(small_shop, bought.id, "r1", amount=100_000)
    assert [(entry.rule, entry.points, entry.explanation["version"]) for entry in taken.entries] == [
        ("expiry", -105, 2),
        ("base", -1_000, 1),
        ("first", -50, 1),
    ]
    proven(small_shop)


TERMS = SOURCE.replace("[earning]\n", "[tiering]\nwindow_months = 1\nvalidity_months = 1\n\n[earning]\n", 1)


def test_a_tier_is_held_for_the_term_that_it_was_won_with(small_shop: Shop, clock: FrozenClock) -> None:
    """Shorter terms bind those who win a tier from then on, and take nothing from those who hold one."""
    ann, bob = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")
    buy(small_shop, ann, "p1", line(200_000))
    clock.move(days=10)
    published(small_shop, drafted(small_shop, TERMS))
    proven(small_shop)
    assert buy(small_shop, ann, "p2", line(150_000)).tier == "silver"  # won again, for a month: the year is longer
    assert buy(small_shop, bob, "p3", line(150_000)).tier == "silver"
    proven(small_shop)
    with small_shop.read() as session:
        terms = [standing(small_shop, session, each).until for each in (ann, bob)]
    assert terms == [datetime(2027, 3, 2, 16, tzinfo=UTC), datetime(2026, 4, 12, 16, tzinfo=UTC)]
    clock.set(datetime(2027, 3, 2, 15, tzinfo=UTC))
    run_due(small_shop)
    assert [tier_of(small_shop, each) for each in (ann, bob)] == ["silver", "basic"]
    proven(small_shop)
    clock.move(days=1)
    run_due(small_shop)
    assert tier_of(small_shop, ann) == "basic"
    proven(small_shop)


YEARS = (
    SOURCE.replace("spend = 100_000", 'ways = [{ by = "years", spend = 100_000 }]')
    .replace("spend = 500_000\npoints = 8000", 'ways = [{ by = "years", spend = 500_000 }]')
    .replace("[earning]\n", '[tiering]\nkind = "years"\n\n[earning]\n', 1)
)


def test_the_kind_of_tiering_stays_while_a_tier_is_held(small_shop: Shop, clock: FrozenClock) -> None:
    buy(small_shop, enrol_one(small_shop), "p1", line(200_000))
    draft = drafted(small_shop, YEARS)
    facts: dict[str, Fact] = {"kind": "years", "expected": "rolling", "members": 1}
    assert refusal(small_shop, DraftPublication(draft=draft)) == ("program-tiering-in-use", facts)
    clock.set(datetime(2027, 3, 3, tzinfo=UTC))
    run_due(small_shop)
    assert published(small_shop, draft).id == 2
    proven(small_shop)


def tier_of(shop: Shop, member_id: int) -> str:
    with shop.read() as session:
        return standing(shop, session, member_id).tier
