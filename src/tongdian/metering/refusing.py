"""What is refused where a stage of a process fits, reads or removes a meter."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class MeterNotEntered(Refusal):
    """A number that no meter in the register has."""

    says = Words(
        "没有登记表号为 {code} 的计量表；请先在“计量表”中登记，再办结本环节。",
        "No meter {code} is in the register: enter it there first, then complete this stage.",
    )
    field = "meter"


class NoMeterThere(Refusal):
    """A reading of a place where no meter hangs."""

    says = Words(
        "{day} 此处没有装{utility}表；请先登记并装表，再填写示数。",
        "No meter of {utility} hung here on {day}: enter and fit it first, then give the reading.",
    )


class SeveralMeters(Refusal):
    """One figure for several meters."""

    says = Words(
        "此处装有 {meters}；请先在“计量表”中逐块录入 {day} 的示数，再办结本环节。",
        "{meters} hang here: enter what each showed on {day} in the register, then complete this stage.",
    )


class HangsElsewhere(Refusal):
    """A meter that was fitted before, with another first reading."""

    says = Words(
        "{meter} 自 {day} 起已装在此处，起数为 {value}；所填起数不同，请核对。",
        "{meter} hangs here since {day} with the first reading {value}, not what is entered: look again.",
    )


class MultiplierDiffers(Refusal):
    """The ratio on the job sheet is not that of the register."""

    says = Words(
        "{meter} 登记的倍率为 {entered}，此处填写 {told}；请核对。",
        "{meter} has the multiplier {entered} in the register, not {told}: look again.",
    )


class ReadSince(Refusal):
    """A stage that cannot be taken back, for its meter was read after it."""

    says = Words(
        "{meter} 在此之后已有抄见数（{day}），不能退回该环节；请先更正该示数。",
        "{meter} was read on {day} since, so the stage cannot be taken back: correct that reading first.",
    )
    status = 409


class ReadingsDiffer(Refusal):
    """Parties who read together and did not enter the same."""

    says = Words(
        "“{what}”与“{stage}”所填不一致；请共同复核，以同一读数和结果填写。",
        '"{what}" is not what was entered in "{stage}"; look again together, and enter the same.',
    )


class SheetMissing(Refusal):
    """The user's part of a joint reading, entered by somebody else without what the user signed."""

    says = Words(
        "用户未亲自填写的，请附用户签字的抄表、检查单照片。",
        "Where the user does not enter it, add a photograph of the sheet that the user signed.",
    )
