"""Prize draws: what can be won at which odds, one tap to play, and the proof of what came out."""

from __future__ import annotations

from fractions import Fraction
from zlib import crc32

from bot.guest import Forged, Guest
from bot.pictures import qr
from bot.screen import Answer, Button, Screen, show
from bot.screens import buttons
from bot.texts import Marked
from core.insight.balance import balance
from core.insight.prize_draws import MemberPrizeDraw, PrizeView, RoundHead, prize_draws_of
from core.program.schema import words
from core.rules.refusal import Refusal
from core.services.activities.play_prize_draw import Played, PlayWish, play_prize_draw
from core.services.activities.prize_draw_rounds import turn_rounds
from core.services.common import MemberRef
from core.words import judged_words, refusal_words

FEW = 20


def screen(guest: Guest) -> Screen:
    """All that are running; the only one at once."""
    say = guest.say
    views = [view for view in _read(guest) if view.running]
    if not views:
        return Screen(say("prize_draws.none"), (buttons.home(say),))
    if len(views) == 1:
        return _detail(guest, views[0])
    opening = [Button(words(view.name, guest.language), f"prize_draw:{view.id}") for view in views]
    return Screen(say("prize_draws.title"), (*buttons.in_rows(opening, 1), buttons.home(say)))


def detail(guest: Guest, draw: str) -> Screen:
    return _detail(guest, _view(guest, draw))


def play(guest: Guest, draw: str, tag: str, nonce: str) -> Answer:
    """The tap carries what was shown and a nonce: two taps play once, and a play that changed is shown anew. Refused:
    as play_prize_draw."""
    view = _view(guest, draw)
    if view.round is None or _tag(view, view.round) != tag:
        return show(_detail(guest, view), toast=guest.say("prize_draws.changed"))
    wish = PlayWish(member=MemberRef(id=guest.id), draw=draw, price=view.price, commitment=view.round.commitment)
    return show(_outcome(guest, view, guest.do(play_prize_draw, wish, nonce)))


def _read(guest: Guest) -> list[MemberPrizeDraw]:
    """As they stand; a round that is due opens, so that its commitment is seen before the first play."""
    views = prize_draws_of(guest.shop, guest.session, guest.id)
    if any(view.running and view.round is None for view in views):
        guest.session.rollback()
        turn_rounds(guest.shop)
        views = prize_draws_of(guest.shop, guest.session, guest.id)
    return views


def _view(guest: Guest, draw: str) -> MemberPrizeDraw:
    for view in _read(guest):
        if view.id == draw:
            return view
    raise Forged(draw)


def _detail(guest: Guest, view: MemberPrizeDraw) -> Screen:
    say = guest.say
    lines = [say("prize_draws.name", name=words(view.name, guest.language))]
    if view.text:
        lines.append(say("prize_draws.text", text=words(view.text, guest.language)))
    lines += ["", *(_prize(guest, prize) for prize in view.prizes), *_nothing(guest, view), ""]
    active = balance(guest.shop, guest.session, guest.id).active
    price = say.points(view.price) if view.price else say("prize_draws.free")
    lines.append(say("prize_draws.price", price=Marked(price), points=Marked(say.points(active))))
    lines += _limits(guest, view)
    if view.round is not None:
        lines += ["", _promise(guest, view.round)]
    rows = (_button(guest, view, "prize_draws.play", view.round),) if _open(view) and view.round else ()
    return Screen("\n".join(lines), (*rows, buttons.to(say, "rewards", "home")))


def _prize(guest: Guest, prize: PrizeView) -> str:
    say = guest.say
    line = say("prize_draws.prize", name=words(prize.name, guest.language), odds=_odds(guest, prize.odds))
    if prize.stock_left == 0:
        return line + say("prize_draws.gone")
    few = prize.stock_left is not None and prize.stock_left <= FEW
    return line + say("prize_draws.left", count=prize.stock_left) if few else line


def _nothing(guest: Guest, view: MemberPrizeDraw) -> list[str]:
    if view.nothing == "0":
        return []
    odds = _odds(guest, view.nothing)
    if not view.consolation:
        return [guest.say("prize_draws.nothing", odds=odds)]
    points = Marked(guest.say.points(view.consolation))
    return [guest.say("prize_draws.nothing_but_points", odds=odds, points=points)]


def _odds(guest: Guest, odds: str) -> str:
    """`3 in 100`, exactly as the program has it."""
    exact = Fraction(odds)
    return guest.say.plain("prize_draws.odds", wins=f"{exact.numerator:,}", plays=f"{exact.denominator:,}")


def _limits(guest: Guest, view: MemberPrizeDraw) -> list[str]:
    """Why not, or how often today."""
    say = guest.say
    if view.refused is not None:
        refusal = Refusal(view.refused, view.facts)
        why_not = refusal_words(guest.program, refusal, guest.language)
        judged = judged_words(guest.program, guest.version.id, guest.language)
        return [say("prize_draws.refused", text=why_not), say("points.because", text=judged)]
    lines = [] if view.per_day is None else [say("prize_draws.today", played=view.played_today, limit=view.per_day)]
    return lines if view.affordable else [*lines, say("prize_draws.too_few")]


def _promise(guest: Guest, current: RoundHead) -> str:
    day = guest.say.last_day(current.closes_at, guest.zone)
    return guest.say("prize_draws.promise", round=current.number, day=day, commitment=current.commitment)


def _open(view: MemberPrizeDraw) -> bool:
    return view.refused is None and view.affordable


def _button(guest: Guest, view: MemberPrizeDraw, key: str, current: RoundHead) -> tuple[Button, ...]:
    say = guest.say
    price = say.points(view.price) if view.price else say("prize_draws.free")
    return (Button(say.plain(key, price=price), f"play:{view.id}:{_tag(view, current)}:{guest.nonce()}"),)


def _outcome(guest: Guest, view: MemberPrizeDraw, done: Played) -> Screen:
    """What came out, what is to be done, and how anybody can check it."""
    say = guest.say
    prize = next((each for each in view.prizes if each.id == done.prize), None)
    lines = [_result(guest, prize, done), *_gains(guest, done)]
    lines += [say("prize_draws.balance", points=Marked(say.points(done.balance))), ""]
    lines.append(
        say("prize_draws.proof", number=done.number, round=done.round, ticket=done.ticket, last=done.tickets - 1)
    )
    lines.append(say("prize_draws.digest", digest=done.digest, draw=done.draw, member=str(guest.id),
                     play=str(done.number), turn=str(done.round)))  # fmt: skip
    after = _view(guest, view.id)
    again = (_button(guest, after, "prize_draws.again", after.round),) if _open(after) and after.round else ()
    rows = (*again, buttons.to(say, "coupons" if done.coupon_code else "rewards", "home"))
    shown = done.order_code or done.coupon_code
    return Screen("\n".join(lines), rows, photo=qr(shown) if shown else None)


def _result(guest: Guest, prize: PrizeView | None, done: Played) -> str:
    say = guest.say
    if prize is None:
        return say("prize_draws.lost")
    name = words(prize.name, guest.language)
    if done.withheld is not None:
        gone = done.withheld == "prize-out-of-stock"
        return say("prize_draws.out_of_stock" if gone else "prize_draws.no_coupon", name=name)
    return say("prize_draws.won", name=name)


def _gains(guest: Guest, done: Played) -> list[str]:
    say = guest.say
    lines = [say("prize_draws.points", points=Marked(say.points(done.points)))] if done.points else []
    if done.coupon_code is not None:
        lines.append(say("prize_draws.coupon", code=done.coupon_code))
    if done.order_code is not None and done.fetch_until is not None:
        day = say.last_day(done.fetch_until, guest.zone)
        lines.append(say("prize_draws.goods", code=done.order_code, day=day))
    return lines


def _tag(view: MemberPrizeDraw, current: RoundHead) -> str:
    """Names what was shown, price and commitment, in six characters: a button holds no more."""
    return f"{crc32(f'{view.price}:{current.commitment}'.encode()):08x}"[:6]
