"""What points buy: the catalogue, one reward with its prices, the question before it is taken, and what was taken."""

from __future__ import annotations

from zlib import crc32

from bot.guest import Forged, Guest, number
from bot.pictures import qr
from bot.screen import Answer, Button, Screen, show
from bot.screens import buttons
from bot.texts import Marked
from core.insight.balance import balance
from core.insight.rewards import OrderView, PriceView, RewardView, catalogue, orders, reward
from core.program.schema import words
from core.services.common import MemberRef
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.words import judged_words

TAKEN = 10
FEW = 20


def screen(guest: Guest) -> Screen:
    say = guest.say
    views = catalogue(guest.shop, guest.session, guest.id)
    if not views:
        return Screen(say("rewards.none"), (buttons.home(say),))
    active = balance(guest.shop, guest.session, guest.id).active
    lines = [say("rewards.title", points=Marked(say.points(active))), *(_line(guest, view) for view in views)]
    opening = [Button(words(view.name, guest.language), f"reward:{view.id}") for view in views if view.allowed]
    rows = (*buttons.in_rows(opening, 2), (Button(say("rewards.mine"), "my_rewards"), *buttons.home(say)))
    return Screen("\n\n".join(lines), rows)


def detail(guest: Guest, name: str) -> Screen:
    """One reward and a button for each price that is within reach. Refused: reward-unknown."""
    say, view = guest.say, reward(guest.shop, guest.session, guest.id, name)
    lines = [say("rewards.name", name=words(view.name, guest.language))]
    if view.description:
        lines.append(say("rewards.description", text=words(view.description, guest.language)))
    lines += [say("rewards.price", price=Marked(_price(guest, price))) for price in view.prices]
    lines += _limits(guest, view)
    if not view.available:
        judged = judged_words(guest.program, guest.version.id, guest.language)
        lines.append(say("points.because", text=judged))
    active = balance(guest.shop, guest.session, guest.id).active
    lines.append(say("rewards.you_have", points=Marked(say.points(active))))
    takes = tuple(
        (Button(say.plain("rewards.take", price=_price(guest, price)), f"buy:{view.id}:{choice}"),)
        for choice, price in enumerate(view.prices)
        if price.affordable and view.available
    )
    return Screen("\n".join(lines), (*takes, buttons.back(say, "rewards")))


def confirm(guest: Guest, name: str, choice: str) -> Screen:
    """Asks once more. The yes carries the price that was shown and a nonce: two taps take one reward."""
    say, view = guest.say, reward(guest.shop, guest.session, guest.id, name)
    price = _chosen(view, choice)
    if not (price.affordable and view.available):
        return detail(guest, name)
    left = balance(guest.shop, guest.session, guest.id).active - price.points
    text = say(
        "rewards.confirm",
        name=words(view.name, guest.language),
        price=Marked(_price(guest, price)),
        left=Marked(say.points(left)),
    )
    yes = Button(say("rewards.yes"), f"take:{view.id}:{choice}:{_tag(price)}:{guest.nonce()}")
    return Screen(text, ((yes,), (Button(say("rewards.no"), f"reward:{view.id}"),)))


def take(guest: Guest, name: str, choice: str, tag: str, nonce: str) -> Answer:
    """Refused: as redeem_reward. A price that is no longer the one shown is shown anew."""
    price = _chosen(reward(guest.shop, guest.session, guest.id, name), choice)
    if _tag(price) != tag:
        return show(confirm(guest, name, choice), toast=guest.say("rewards.price_changed"))
    wish = RewardWish(
        member=MemberRef(id=guest.id), reward=name, price=number(choice), points=price.points, money=price.money
    )
    taken = guest.do(redeem_reward, wish, nonce)
    return show(order(guest, taken.code), toast=guest.say("rewards.done"))


def mine(guest: Guest) -> Screen:
    """The rewards that were taken, newest first."""
    say = guest.say
    taken = orders(guest.shop, guest.session, guest.id, limit=TAKEN)
    if not taken:
        return Screen(say("rewards.none_taken"), (buttons.back(say, "rewards"),))
    lines = [
        say(f"rewards.status.{each.status}", name=words(each.name, guest.language), day=say.day(each.at, guest.zone))
        for each in taken
    ]
    opening = [
        (Button(words(each.name, guest.language), f"order:{each.code}"),) for each in taken if each.status == "open"
    ]
    return Screen("\n".join([say("rewards.mine_title"), *lines]), (*opening, buttons.back(say, "rewards")))


def order(guest: Guest, code: str) -> Screen:
    """The code to show at the till, or the coupon that is the member's now."""
    found = next((each for each in orders(guest.shop, guest.session, guest.id, limit=TAKEN) if each.code == code), None)
    if found is None:
        raise Forged(code)
    text = _fetched(guest, found) if found.coupon_code is None else _coupon(guest, found)
    left = balance(guest.shop, guest.session, guest.id).active
    text += "\n" + guest.say("rewards.left", left=Marked(guest.say.points(left)))
    rows = (buttons.to(guest.say, "coupons" if found.coupon_code else "rewards", "home"),)
    return Screen(text, rows, photo=qr(found.coupon_code or found.code))


def _fetched(guest: Guest, found: OrderView) -> str:
    say, name = guest.say, words(found.name, guest.language)
    text = say("rewards.taken", name=name, code=found.code, day=say.last_day(found.fetch_until, guest.zone))
    return text if not found.money else f"{text}\n{say('rewards.due', money=guest.money(found.money))}"


def _coupon(guest: Guest, found: OrderView) -> str:
    return guest.say("rewards.taken_coupon", name=words(found.name, guest.language), code=found.coupon_code)


def _chosen(view: RewardView, choice: str) -> PriceView:
    place = number(choice)
    if place >= len(view.prices):
        raise Forged(choice)
    return view.prices[place]


def _tag(price: PriceView) -> str:
    """Names a price in six characters: a button holds no more."""
    return f"{crc32(f'{price.points}:{price.money}'.encode()):08x}"[:6]


def _price(guest: Guest, price: PriceView) -> str:
    points = guest.say.points(price.points)
    return guest.say.plain("rewards.both", points=points, money=guest.money(price.money)) if price.money else points


def _line(guest: Guest, view: RewardView) -> str:
    say = guest.say
    prices = say("rewards.or").join(_price(guest, price) for price in view.prices)
    head = say("rewards.line", name=words(view.name, guest.language), prices=Marked(prices))
    return "\n".join([head, *_limits(guest, view)])


def _limits(guest: Guest, view: RewardView) -> list[str]:
    """What stands between the member and the reward, or how many are left."""
    say = guest.say
    if not view.allowed:
        names = [words(guest.program.tier(each).name, guest.language) for each in view.tiers]
        return [say("rewards.only_for", tiers=say("coupons.list_comma").join(names))]
    if view.stock_left == 0:
        return [say("rewards.gone")]
    if view.left_for_member == 0:
        return [say("rewards.enough")]
    lines = [say("rewards.few_left", count=view.stock_left)] if view.stock_left and view.stock_left <= FEW else []
    return (
        lines if view.affordable else [*lines, say("rewards.missing", points=Marked(say.points(view.missing_points)))]
    )
