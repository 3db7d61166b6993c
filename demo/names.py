"""Made-up names, English and Chinese; the same household always has the same one."""

from __future__ import annotations

from hashlib import sha256

_GIVEN = """
Ada Alice Amelia Arthur Beatrice Benjamin Bridget Caleb Carmen Charlotte Clara Daniel Dorothy Edith Edwin
Eleanor Elias Emma Ethan Eva Felix Fiona Frances George Grace Hannah Harold Hazel Henry Ida Irene Isaac Ivy Jack
Jane Jasper Joanna Joseph Julia Kate Laura Leo Lily Louis Lucy Mabel Marcus Margaret Martha Matthew Miriam
Nathan Nora Oliver Oscar Patrick Paula Peter Rachel Ralph Robert Rosa Ruth Samuel Sarah Simon Sophia Stella
Susan Theodore Thomas Una Victor Violet Walter Wendy
"""
_SURNAMES = """
Abbott Archer Baker Barlow Bennett Bishop Brooks Burke Carter Chandler Collins Cooper Dawson Doyle Ellis
Fletcher Foster Gibson Graham Hale Harper Hayes Holland Hughes Hunter Jordan Keller Knight Lambert Lawson Marsh
Mason Mercer Miller Morgan Nolan Osborne Palmer Parker Pearce Porter Quinn Reeves Rhodes Sawyer Shaw Spencer
Stone Sutton Tanner Tucker Turner Vance Walsh Ward Webb Weaver Whitaker Wood Wright
"""
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_PERSONAL = """
静怡 志强 秀兰 建国 晓梅 俊杰 雅婷 文博 思远 丽华 子涵 明哲 佳慧 海燕 宇航 春燕 立新 美玲 国栋
欣然 雨桐 浩然 婉清 永康 嘉懿 素芬 天佑 月娥 晨曦 少华 凤英 振华 若曦 家豪 玉珍 一鸣 诗涵 德明
巧云 景行 慧敏 致远 兰芝 学文 芷若 伟 芳 娜 磊 敏 洋 霞 鹏 颖
"""
GIVEN, SURNAMES, PERSONAL = _GIVEN.split(), _SURNAMES.split(), _PERSONAL.split()


def number(household: int, purpose: str) -> int:
    """A number that is the household's own for this purpose, and looks like any other."""
    return int.from_bytes(sha256(f"{purpose} {household}".encode()).digest()[:8])


def speaks_chinese(household: int) -> bool:
    """Two in five."""
    return number(household, "language") % 5 < 2


def name_of(household: int) -> str:
    first, last = number(household, "given"), number(household, "family")
    if speaks_chinese(household):
        return FAMILY[last % len(FAMILY)] + PERSONAL[first % len(PERSONAL)]
    return f"{GIVEN[first % len(GIVEN)]} {SURNAMES[last % len(SURNAMES)]}"
