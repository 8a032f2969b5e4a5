"""What travels from an installation to the level above: one file, signed by the sender's log.

    {"body": {…}, "signature": "…"}     the body in canonical JSON, Ed25519 by the key of the sender's checkpoints

The body says whose return it is, its cells, the histograms that it was counted from, the newest checkpoint of
the sender's log with the proof that the one sent before begins it, and the checkpoints that the sender has seen
of others, which so reach a third party. Nothing of it is about a person. Plain Python: no table, no clock.
Between two returns only the last part travels, each day: where the log stands. The answer to a draw from what a
bundle counted (`samples.py`) travels in the same way.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from tongdian import bounded_days
from tongdian.audit_log.rules import BadCheckpoint, Signer, TreeHead, canonical, read_checkpoint
from tongdian.audit_log.tree import consistent
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

FORMAT = "tongdian bundle 1"
LOG_FORMAT = "tongdian checkpoint 1"
SAMPLE_FORMAT = "tongdian sample 1"
MOST_BYTES = 20_000_000
MOST_DEPTH = 12
MOST_ENTRIES = 2**62  # of a log


def _is_a_day(text: str) -> str:
    try:
        bounded_days.checked(date.fromisoformat(text))
    except Refusal as refused:  # a day that nobody can mean
        raise ValueError(text) from refused
    return text


_Text1 = Annotated[str, StringConstraints(max_length=1)]
_Text7 = Annotated[str, StringConstraints(max_length=7)]
_Text8 = Annotated[str, StringConstraints(max_length=8)]
_Text12 = Annotated[str, StringConstraints(max_length=12)]
_Text64 = Annotated[str, StringConstraints(max_length=64)]
_Text80 = Annotated[str, StringConstraints(max_length=80)]
_Text200 = Annotated[str, StringConstraints(max_length=200)]
_Text500 = Annotated[str, StringConstraints(max_length=500)]
_Text4000 = Annotated[str, StringConstraints(max_length=4000)]
_Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Days = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}$")]
_Count = Annotated[int, Field(ge=0, le=10**10)]
_Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_is_a_day)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GivenCell(_Strict):
    """A cell as it is sent, by an API or in a bundle: texts and nothing else. What is counted or added up is found out,
    not told, wherever it can be."""

    value: _Text500 = ""
    status: _Text1 = ""
    source: _Text8 = ""
    why: _Text500 = ""


class AbsentBody(_Strict):
    """An office without whose return it was made; further below, `of` whom it files to."""

    organisation: _Text12
    why: _Text500
    of: _Text12 = ""


class SeenBody(_Strict):
    """A checkpoint that the sender saw of another log."""

    verifier: _Text200
    note: _Text4000


class HistogramBody(_Strict):
    """As `Histogram.plain` says it; of no day more are within their limit than there are cases."""

    cases: dict[_Days, _Count]
    within: dict[_Days, _Count]
    unlimited: dict[_Days, _Count]
    exempt: _Count
    late_open: _Count
    undecided: _Count
    withdrawn: _Count
    stood_still: _Count | None = None  # who counted before it was told does not say

    @model_validator(mode="after")
    def _is_of_cases(self) -> HistogramBody:
        if any(count > self.cases.get(days, 0) for days, count in self.within.items()):
            raise ValueError("more within than cases")
        return self


_Indicators = Annotated[
    dict[_Text80, Annotated[dict[_Text12, HistogramBody], Field(max_length=5_000)]], Field(max_length=500)
]


class FiguresBody(_Strict):
    """What was counted from cases on a day, with what bundles from below had counted: by indicator and region."""

    on: _Day
    indicators: _Indicators


class BelowBody(_Strict):
    """A bundle from below whose figures were added."""

    office: _Text12
    digest: _Hash


class CommittedBody(_Strict):
    """Which cases the sender itself counted, by the root of a tree over their positions; under which choices of
    interpretations."""

    size: Annotated[int, Field(ge=1, le=10**9)]
    root: _Hash
    indicators: _Indicators
    choices: Annotated[dict[_Text80, _Text80], Field(max_length=500)]


class SignedBody(_Strict):
    """What an office signs: every part with its type and bounds, for what is signed is kept and can never be
    changed."""

    format: str
    office: _Text12
    verifier: _Text200
    made: _Day


class LoggedBody(_Strict):
    """That an entry stands in the sender's log at a place, under the checkpoint of the bundle; not what it says."""

    place: Annotated[int, Field(ge=0, le=MOST_ENTRIES)]
    leaf: _Hash
    at: _Day
    proof: Annotated[list[_Text64], Field(max_length=64)]


class SampledBody(_Strict):
    """A case that was drawn: its rows as they were counted, and the entries of the log that are about it."""

    position: Annotated[int, Field(ge=0, le=10**9)]
    case: _Text64
    rows: Annotated[
        dict[
            _Text80, Annotated[list[Annotated[dict[_Text80, _Text500], Field(max_length=200)]], Field(max_length=1_000)]
        ],
        Field(max_length=20),
    ]  # fmt: skip
    proof: Annotated[list[_Text64], Field(max_length=64)]
    logged: Annotated[list[LoggedBody], Field(max_length=1_000)]


class SampleBody(SignedBody):
    """The answer to a draw: `bundle` is the digest of the bundle that was drawn from, `seen` its checkpoint as the
    receiver cosigned it."""

    bundle: _Hash
    seen: _Text4000
    cases: Annotated[list[SampledBody], Field(min_length=1, max_length=100)]


class LogBody(SignedBody):
    """Where the sender's log stands."""

    checkpoint: _Text4000
    begins: Annotated[int, Field(ge=0, le=MOST_ENTRIES)]
    proof: Annotated[list[_Text64], Field(max_length=128)]
    seen: Annotated[list[SeenBody], Field(max_length=5_000)]


class BundleBody(LogBody):
    """The same with a return."""

    pack: _Text80
    pack_hash: _Text64
    form: _Text80
    period: _Text7
    number: Annotated[int, Field(ge=1, le=10_000)]
    cells: Annotated[dict[_Text80, dict[_Text80, GivenCell]], Field(max_length=1_000)]
    absent: Annotated[list[AbsentBody], Field(max_length=1_000)]
    remarks: Annotated[dict[_Text200, _Text500], Field(max_length=1_000)]
    figures: FiguresBody | Annotated[dict[str, Any], Field(max_length=0)]
    below: Annotated[list[BelowBody], Field(max_length=5_000)] = []
    committed: CommittedBody | None = None
    hash: _Hash


BODIES: Mapping[str, type[SignedBody]] = {FORMAT: BundleBody, LOG_FORMAT: LogBody, SAMPLE_FORMAT: SampleBody}


class NotABundle(Refusal):
    """It is not such a file at all, or is cut off."""

    says = Words("这不是报送包，或文件不完整：{problem}", "This is no bundle, or it is not whole: {problem}")
    field = "file"


class ForgedBundle(Refusal):
    """It was changed after it was signed, or another key signed it."""

    says = Words(
        "签名不符：内容被改动过，或不是由登记的密钥签发。",
        "The signature does not match: it was changed, or a key that is not entered here signed it.",
    )
    field = "file"


class SplitHistory(Refusal):
    """Two statements of one log that cannot both be true: its record was rewritten, or shown differently to
    different receivers."""

    says = Words(
        "发送方的记录前后不一致（{problem}）：历史被改写，或向不同单位出示了不同的历史。没有接收任何内容。",
        "The sender's record contradicts itself ({problem}): its history was rewritten, or shown differently to "
        "different receivers. Nothing was taken.",
    )
    field = "file"


@dataclass(frozen=True)
class Bundle:
    """A bundle as it was read; `body` is signed by the key of its `verifier`."""

    body: Mapping[str, Any]
    digest: str
    signature: bytes

    @property
    def verifier(self) -> str:
        """The line that names the sender's log and its public key."""
        return str(self.body["verifier"])

    @cached_property
    def head(self) -> TreeHead:
        """What the sender's newest checkpoint states; an answer to a draw has none. Raises ForgedBundle."""
        return head_of(str(self.body["checkpoint"]), self.verifier)


def head_of(note: str, verifier: str) -> TreeHead:
    """The head that a signed note states. Raises ForgedBundle."""
    try:
        head = read_checkpoint(note, verifier=verifier).head
    except BadCheckpoint as bad:
        raise ForgedBundle from bad
    if head.size > MOST_ENTRIES:
        raise ForgedBundle
    return head


def sealed(body: Mapping[str, Any], seed: bytes) -> str:
    """The text of a bundle, signed."""
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(_signed(body))
    return json.dumps(
        {"body": body, "signature": base64.b64encode(signature).decode()}, ensure_ascii=False, sort_keys=True
    )


def opened(data: bytes, form: str = FORMAT) -> Bundle:
    """A bundle whose signature is that of the key which it names; whether that key is the sender's is for who
    knows the sender. In `LOG_FORMAT` it has no return. Raises NotABundle, ForgedBundle."""
    if len(data) > MOST_BYTES:
        raise NotABundle(problem=Words("文件过大", "the file is too large"))
    body, signature = _parsed(data, form)
    try:
        name, number, encoded = str(body["verifier"]).split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        if key[:1] != b"\x01" or len(key) != 33 or not (name and number):
            raise ForgedBundle
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature, _signed(body))
    except (InvalidSignature, ValueError) as wrong:
        raise ForgedBundle from wrong
    return Bundle(body, hashlib.sha256(_signed(body)).hexdigest(), signature)


def must_continue(bundle: Bundle, before: TreeHead | None) -> None:
    """The sender's log holds what it stated before. Raises SplitHistory, ForgedBundle."""
    now = bundle.head
    if before is None:
        return
    if now.size < before.size:
        raise SplitHistory(
            problem=Words(f"由 {before.size} 条变为 {now.size} 条", f"{now.size} entries after {before.size}")
        )
    if now.size == before.size:
        must_agree(now, before)
        return
    try:
        proof = [bytes.fromhex(str(one)) for one in bundle.body["proof"]]
    except ValueError:
        proof = []
    whole = bundle.body["begins"] == before.size and consistent(
        old_size=before.size, size=now.size, old_root=before.root, root=now.root, proof=proof
    )
    if not whole:
        raise SplitHistory(
            problem=Words(
                f"没有证明原来的 {before.size} 条仍在其中",
                f"nothing proves that the former {before.size} entries are still in it",
            )
        )


def seen_heads(bundle: Bundle) -> list[tuple[str, TreeHead, str]]:
    """What the sender saw of other logs: whose, the head, and the note. Raises ForgedBundle."""
    return [
        (one["verifier"], head_of(one["note"], one["verifier"]), one["note"]) for one in bundle.body["seen"]
    ]


def must_agree(seen: TreeHead, known: TreeHead) -> None:
    """Two heads of one log of the same size are the same. Raises SplitHistory."""
    if seen.size == known.size and seen.root != known.root:
        size = seen.size
        raise SplitHistory(problem=Words(f"同为 {size} 条而根不同", f"two roots of the same {size} entries"))


def cosigned(note: str, signer: Signer, at: datetime) -> str:
    """A checkpoint with the line of a witness below it (C2SP tlog-cosignature)."""
    return note.rstrip("\n") + "\n" + signer.cosignature(note, at=at) + "\n"


def _signed(body: Mapping[str, Any]) -> bytes:
    return f"{body['format']}\n".encode() + canonical(body)


def _parsed(data: bytes, form: str) -> tuple[dict[str, Any], bytes]:
    try:
        whole = json.loads(
            data.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_once
        )
        if set(whole) != {"body", "signature"}:
            raise ValueError("another member")
        body, signature = whole["body"], base64.b64decode(whole["signature"], validate=True)
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, RecursionError, binascii.Error) as broken:
        raise NotABundle(problem=Words("格式不对", "its form is not right")) from broken
    if not isinstance(body, dict) or _depth(body) > MOST_DEPTH:
        raise NotABundle(problem=Words("格式不对", "its form is not right"))
    if body.get("format") != form:
        raise NotABundle(problem=Words("版本不同", "it is of another version"))
    try:
        BODIES[form].model_validate(body)
    except ValidationError as wrong:
        where = "/".join(str(part)[:40] for part in wrong.errors()[0]["loc"])[:200]
        raise NotABundle(
            problem=Words(f"{where} 缺少或不合格式", f"{where} is missing or not of its form")
        ) from None
    return body, signature


def _no_float(text: str) -> Any:
    raise ValueError(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose members each stand once, so that every program reads the same in it."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands there twice")
    return found


def _depth(value: Any, at: int = 0) -> int:
    if at > MOST_DEPTH:
        return at
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((_depth(one, at + 1) for one in parts), default=at)
