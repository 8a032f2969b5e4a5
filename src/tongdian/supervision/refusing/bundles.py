"""What is refused of bundles between installations, and of what answers to them."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NotTheReceiver(Refusal):
    """Only whom it is filed to accepts, returns or allows."""

    says = Words("只有接收单位可以办理。", "Only whom it is filed to may do this.")
    status = 403


class UnknownSender(Refusal):
    """Nobody entered the key that signed it."""

    says = Words(
        "没有登记这把密钥（{key}…）；请先与发送单位核对，再登记。",
        "The key {key}… is not entered here: compare it with the sender, and enter it first.",
    )
    field = "file"


class SenderDiffers(Refusal):
    """A key signs for its own office."""

    says = Words(
        "这把密钥登记的是{organisation}，报送包写的是“{office}”。",
        'The key is entered for {organisation}, and the bundle says "{office}".',
    )
    field = "file"


class OtherRevision(Refusal):
    """A return is read by the regulation that it was written under."""

    says = Words(
        "报送包依据的规章（{pack}，{hash}…）与此处不同，不能核对。",
        "The bundle rests on another revision of {pack} ({hash}…) than is here, and cannot be compared.",
    )
    field = "file"


class OthersFigures(Refusal):
    """An office counts the cases of its own divisions."""

    says = Words(
        "包内指标含不属于报送单位的地区：{regions}。没有接收任何内容。",
        "The bundle brings figures of divisions that are not the sender's: {regions}. Nothing was taken.",
    )
    field = "file"


class CasesDiffer(Refusal):
    """The cases that a bundle stands for are those that its figures count."""

    says = Words(
        "包内承诺的业务不是指标所计的业务（承诺 {size} 件，其中指标计有 {counted} 件）。没有接收任何内容。",
        "The cases that the bundle stands for are not those of its figures (it stands for {size}, of which the figures "
        "count {counted}). Nothing was taken.",
    )
    field = "file"


class CasesUnsaid(Refusal):
    """An office that counted cases itself says which, so that some can be drawn."""

    says = Words(
        "包内指标计有本单位的业务，却没有承诺是哪些业务，无从抽查。没有接收任何内容。",
        "The figures count cases of the sender's own, and the bundle does not say which they are, so that none could be "
        "drawn. Nothing was taken.",
    )
    field = "file"


class FiguresUnsaid(Refusal):
    """A cell that was counted from cases comes with what was counted."""

    says = Words(
        "“{row}”注明由业务计算，包内却没有指标。没有接收任何内容。",
        'The bundle says that "{row}" was counted from cases, and brings no figures. Nothing was taken.',
    )
    field = "file"


class ChoicesUnknown(Refusal):
    """The choices of interpretations are among those of the pack."""

    says = Words(
        "文件没有这些解读或选项：{choices}。没有接收任何内容。",
        "The pack has no such interpretation or option: {choices}. Nothing was taken.",
    )
    field = "file"


class UnknownBundle(Refusal):
    """An answer is to a draw from a bundle that was taken here."""

    says = Words("这里没有接收过它所答复的报送包。", "The bundle that it answers for was not taken here.")
    field = "file"


class OtherDraw(Refusal):
    """The answer shows the cases that were drawn, all of them and no other."""

    says = Words(
        "答复的不是抽中的业务：抽中第 {drawn} 号，答复第 {shown} 号。",
        "The answer does not show what was drawn: {drawn}; it shows {shown}.",
    )
    field = "file"


class AnswerMisdated(Refusal):
    """An answer is made after the bundle was taken, and not after it arrives."""

    says = Words(
        "答复注明作于 {made}；应在 {first} 至 {last} 之间。",
        "The answer says that it was made on {made}; that lies between {first} and {last}.",
    )
    field = "file"


class OtherCheckpoint(Refusal):
    """An answer rests on the checkpoint as it was cosigned here."""

    says = Words(
        "答复所依据的不是本单位副署的检查点。",
        "The answer does not rest on the checkpoint as it was cosigned here.",
    )
    field = "file"


class BundleMisdated(Refusal):
    """A bundle is not made after it arrives."""

    says = Words(
        "报送包注明作于 {made}，晚于今天 {today}。没有接收任何内容。",
        "The bundle says that it was made on {made}, after today, {today}. Nothing was taken.",
    )
    field = "file"


class SampleAnswered(Refusal):
    """A draw is answered once."""

    says = Words("这个报送包的抽样已经答复。", "The draw from this bundle was answered already.")
    field = "file"
    status = 409


class NoPopulation(Refusal):
    """The cases behind a bundle are kept where it was made, and only there."""

    says = Words(
        "本机没有这个报送包背后的业务，不能答复抽样。",
        "The cases behind this bundle are not kept here, so the draw cannot be answered.",
    )
    field = "file"


class BundleTaken(Refusal):
    """The same bundle is taken once."""

    says = Words("这个报送包已经接收过。", "This bundle was taken already.")
    field = "file"
    status = 409


class OlderBundle(Refusal):
    """What was sent before is not taken after what is newer."""

    says = Words(
        "已接收第 {known} 版，这是第 {number} 版。", "Version {known} was taken; this is version {number}."
    )
    field = "file"
    status = 409


class NotAKey(Refusal):
    """A verifier line has a name, a number and a key."""

    says = Words(
        "这不是校验行（名称+编号+公钥）；发送方用 tongdian submit key 打印。",
        "That is no verifier line (name+number+key); the sender prints it with tongdian submit key.",
    )
    field = "verifier"


class NothingToSend(Refusal):
    """Only what was reviewed by a second person leaves the house."""

    says = Words("这张报表没有已审核的版本。", "No version of this return was reviewed.")
