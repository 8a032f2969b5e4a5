"""Invented persons and firms with numbers that pass every check and can be nobody's.

The region of every number is 990000, which no division has; telephone numbers begin with 0 after
the area code, as none does.
"""

from __future__ import annotations

from random import Random

from stdnum.cn import ric, uscc

_FAMILY = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗郑梁谢宋唐韦覃莫蒙农廖陆甘秦蒋龙"
_GIVEN = (
    "明",
    "华",
    "婷",
    "伟",
    "芳",
    "敏",
    "静",
    "磊",
    "洋",
    "艳",
    "勇",
    "杰",
    "娟",
    "涛",
    "超",
    "秀英",
    "志强",
    "桂香",
    "晓东",
    "春梅",
    "建军",
    "丽萍",
    "文斌",
    "玉兰",
    "思源",
    "子涵",
    "雨桐",
    "浩然",
    "佳怡",
    "俊杰",
    "欣妍",
    "小燕",
    "国庆",
    "凤英",
    "海波",
    "雪梅",
    "振宇",
    "婉清",
    "家豪",
    "若溪",
)
_PLACES = ("漓江", "雁栖", "桂岭", "良丰", "会仙", "象鼻", "穿山", "尧山", "榕湖", "西岭")
_TRADES = ("食品", "印务", "机械", "建筑", "商贸", "农业科技", "新材料", "纺织", "冷链物流", "电子")
_FORMS = ("有限公司", "有限责任公司", "股份有限公司")
_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"

SHOPS = (
    "奶茶店",
    "打印店",
    "水果店",
    "米粉店",
    "文具店",
    "理发店",
    "咖啡屋",
    "眼镜店",
    "快餐店",
    "便利店",
    "花店",
    "书吧",
)


class Names:
    """Names and numbers, none given twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._given: set[str] = set()
        self._last = 0

    def person(self) -> str:
        """A person's name."""
        return self._random.choice(_FAMILY) + self._random.choice(_GIVEN)

    def firm(self, trade: str = "") -> str:
        """A firm's name; `trade` as in 建筑."""
        while True:
            pick = self._random.choice
            name = f"{pick(_PLACES)}{pick('盛达恒兴瑞丰祥泰')}{trade or pick(_TRADES)}{pick(_FORMS)}"
            if name not in self._given:
                self._given.add(name)
                return name

    def identity(self) -> str:
        """An identity number of a region that does not exist, with its check digit."""
        while True:
            day = f"{self._random.randint(1955, 2004)}{self._random.randint(1, 12):02}"
            front = f"990000{day}{self._random.randint(1, 28):02}{self._random.randint(1, 999):03}"
            number = front + ric.calc_check_digit(front + "0")
            if number not in self._given:
                self._given.add(number)
                return number

    def credit_code(self) -> str:
        """A unified social credit code of a region that does not exist, with its check digit."""
        while True:
            body = "".join(self._random.choice(_LETTERS) for _ in range(9))
            front = f"91990000{body}"
            code = front + uscc.calc_check_digit(front + "0")
            if code not in self._given:
                self._given.add(code)
                return code

    def phone(self) -> str:
        """A telephone number that cannot exist."""
        self._last += 1
        return f"0773-00{10_000 + self._last:05}"
