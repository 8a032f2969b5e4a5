"""What is asked of fees."""

from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Code, Number, Text

FEE = Fields(
    Code(
        "code",
        Words("编号", "Code"),
        column=Words("收费编号", "Fee code"),
        fixed=True,
        example="meter",
        note=Words("同一编号再次公布即为新标准。", "The same code again is its new price."),
    ),
    Text("name", Words("收费项目", "What is charged for"), example="单相电表"),
    Text("unit", Words("计费单位", "A unit of it"), most=20, example="只"),
    Number(
        "yuan",
        Words("标准（元）", "Price (yuan)"),
        low="0",
        high="9999999999.99",
        unit="yuan",
        example="120.00",
    ),
    Text(
        "basis",
        Words("收费依据", "Basis"),
        most=200,
        lines=True,
        asked_anew=True,
        example="桂价费〔2016〕1 号",
        note=Words("准予收费的文件。", "The document that allows the charge."),
    ),
)
