"""By what a name is put in order: its syllables, a surname as it is read as a surname."""

from __future__ import annotations

from unicodedata import normalize

from pypinyin import lazy_pinyin

LONGEST = 200

# Read otherwise than the same character elsewhere (现代汉语词典, entries marked 姓).
SURNAMES = {
    "仇": "qiu",
    "单": "shan",
    "盖": "ge",
    "繁": "po",
    "黑": "he",
    "洗": "xian",
    "解": "xie",
    "乐": "yue",
    "缪": "miao",
    "秘": "bi",
    "区": "ou",
    "朴": "piao",
    "覃": "qin",
    "召": "shao",
    "折": "she",
    "员": "yun",
    "翟": "zhai",
    "查": "zha",
    "曾": "zeng",
    "种": "chong",
}


def sounds(key: str) -> tuple[str, str]:
    """By what a name is typed in letters: wangxiaoming and wxm, of its `sort_key`. Nothing of a name that
    has no sound of its own to spell."""
    return key.replace(" ", ""), "".join(one[:1] for one in key.split())


def sort_key(name: str, *, of_a_person: bool = True) -> str:
    """A name as it stands in an order by sound: 单晓 → shan xiao. A firm has no surname."""
    plain = normalize("NFKC", name)
    read = lazy_pinyin(plain)
    if of_a_person and plain[:1] in SURNAMES:
        read = [SURNAMES[plain[0]], *lazy_pinyin(plain[1:])]
    return " ".join(read)[:LONGEST]
