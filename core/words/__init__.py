"""The one renderer: what the books and the rules say as data, in the words of a language."""

from core.words.details import detail_words
from core.words.explanations import entry_name, explain
from core.words.figures import counted, day, last_day, moment, money, number, points
from core.words.offers import offer_reason_words
from core.words.refusals import judged_words, refusal_words
from core.words.sentences import UnknownWords
from core.words.stored_value import explain_movement, movement_name
from core.words.tiers import tier_reason_words

__all__ = [
    "UnknownWords",
    "counted",
    "day",
    "detail_words",
    "entry_name",
    "explain",
    "explain_movement",
    "judged_words",
    "last_day",
    "moment",
    "money",
    "movement_name",
    "number",
    "offer_reason_words",
    "points",
    "refusal_words",
    "tier_reason_words",
]
