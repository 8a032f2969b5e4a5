"""What is sealed, and how: canonical bytes, keyed seals, signed checkpoints."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

READ = Words("查看审计记录", "read the audit log")
ERASE = Words("删除审计记录的内容", "erase what the audit log says")
BASELINE, BASELINE_AGAIN = "audit_log.baseline", "audit_log.baseline_again"
GUARDS_CHANGED = "audit_log.guards_changed"
GUARDS = "guards"  # in a baseline's payload, and in that of an upgrade without one
TIME = "time "  # an extension line of our checkpoints: when it was signed
# Shown wherever somebody reads that the record is unchanged: what that is worth.
ONE_DOMAIN = Words(
    "网页、封存与数据库由同一系统用户运行，取得该用户者可重做全部封存；请以另存他处的检查点为准",
    "pages, sealer and database run as one user of the machine, and who becomes that user can make "
    "every seal anew: compare with checkpoints that somebody else keeps",
)
APART = Words(
    "网页、封存与数据库分属三个系统用户：侵入网页者既不能签署检查点，也不能以数据库所有者的身份改写；"
    "本机管理员（root）不在此列，请将检查点另存他处",
    "pages, sealer and database are three users of the machine: who breaks into the pages can neither "
    "sign checkpoints nor write as the database's owner; root can, so keep checkpoints elsewhere",
)
ED25519 = b"\x01"  # the algorithm's number in C2SP signed-note
COSIGNATURE = b"\x04"  # and of a witness that states when it saw a checkpoint (tlog-cosignature)


class NotSealable(Refusal):
    """A payload holds something whose text is not exact, such as a float."""

    says = Words(
        "审计内容不能含 {kind}（{value}）：请用整数、Decimal 或文本。",
        "A payload cannot hold a {kind} ({value}): use whole numbers, Decimal or text.",
    )


class BadCheckpoint(Refusal):
    """A checkpoint that is not in the form of a signed note, or whose signature is not ours."""

    says = Words("检查点无效：{problem}", "The checkpoint is not valid: {problem}")


def plain(value: Any) -> Any:
    """The value as JSON can hold it exactly. Raises NotSealable for a float or a stranger."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    raise NotSealable(kind=type(value).__name__, value=value)


def canonical(value: Any) -> bytes:
    """One byte string for one value: JSON with sorted names and no spaces, in UTF-8."""
    return _CANONICAL.encode(plain(value)).encode()


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))  # made once


def payload_seal(*, key: bytes, salt: bytes, payload: Any) -> bytes:
    """What an entry keeps of its payload.

    The salt is erased with the payload: after that, not even the holder of the key can confirm
    a guess at what it said.
    """
    return hmac.new(key, salt + canonical(payload), hashlib.sha256).digest()


@dataclass(frozen=True)
class Sealed:
    """What an entry says for ever. Personal details belong in the payload."""

    id: UUID
    at: datetime
    actor: str
    action: str
    subject: str
    payload_seal: bytes

    def content(self) -> dict[str, Any]:
        """Its parts by name, as they are sealed and disclosed."""
        return {
            "id": str(self.id),
            "at": self.at.isoformat(),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "payload": self.payload_seal.hex(),
        }

    def seal(self, *, key: bytes) -> bytes:
        """The keyed hash without which nobody can insert or change an entry unseen."""
        return hmac.new(key, canonical(self.content()), hashlib.sha256).digest()

    def leaf(self, *, sequence: int, rows: bytes | None = None) -> bytes:
        """The leaf's data in the tree: anybody who is shown the entry can make it. `rows` is the
        digest of the images of the rows that it seals, None where there are none."""
        sealed = {"rows": rows.hex()} if rows is not None else {}
        return canonical({"sequence": sequence, **self.content(), **sealed})


def place_seal(*, key: bytes, sequence: int, leaf: bytes) -> bytes:
    """The keyed hash of an entry's place, without which nobody can move it unseen."""
    return hmac.new(key, sequence.to_bytes(8, "big") + leaf, hashlib.sha256).digest()


@dataclass(frozen=True)
class TreeHead:
    """The log at one moment: how many entries, and their root."""

    size: int
    root: bytes

    def note(self, *, origin: str, at: datetime) -> str:
        """The text of a checkpoint (C2SP tlog-checkpoint), to be signed."""
        time = f"{TIME}{at.astimezone(UTC).isoformat()}"
        return f"{origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{time}\n"


@dataclass(frozen=True)
class SignedHead:
    """What a checkpoint states. `at` is None in those from before the time was signed too."""

    head: TreeHead
    at: datetime | None


class Signer:
    """Signs checkpoints as C2SP signed notes, with Ed25519."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._private.public_key().public_bytes_raw()
        self.origin = f"tongdian/{hashlib.sha256(self.public).hexdigest()[:12]}"

    @property
    def verifier(self) -> str:
        """The public key as one line, for whoever keeps our checkpoints."""
        number = _key_number(self.origin, self.public).hex()
        return f"{self.origin}+{number}+{base64.b64encode(ED25519 + self.public).decode()}"

    def sign(self, head: TreeHead, *, at: datetime) -> str:
        """A whole signed note."""
        note = head.note(origin=self.origin, at=at)
        signature = _key_number(self.origin, self.public) + self._private.sign(note.encode())
        return f"{note}\n— {self.origin} {base64.b64encode(signature).decode()}\n"

    def cosignature(self, note: str, *, at: datetime) -> str:
        """The line by which a witness states that it saw a checkpoint at a time (C2SP tlog-cosignature v1)."""
        text, _, _ = note.partition("\n\n")
        seconds = int(at.timestamp())
        message = f"cosignature/v1\ntime {seconds}\n{text}\n".encode()
        name = self.origin.encode() + b"\n" + COSIGNATURE + self.public
        number = hashlib.sha256(name).digest()[:4]
        signature = number + seconds.to_bytes(8, "big") + self._private.sign(message)
        return f"— {self.origin} {base64.b64encode(signature).decode()}"


def read_checkpoint(note: str, *, verifier: str) -> SignedHead:
    """The tree head and the time that a signed note states. Raises BadCheckpoint if it is not so signed."""
    try:
        text, _, signatures = note.partition("\n\n")
        origin, size, root, *extensions = text.split("\n")
        name, number, encoded = verifier.split("+", 2)
        public = base64.b64decode(encoded, validate=True)[1:]
        signature = next(
            base64.b64decode(line.split(" ")[2], validate=True)
            for line in signatures.splitlines()
            if line.startswith(f"— {name} ")
        )
        if signature[:4].hex() != number or origin != name:
            raise BadCheckpoint(problem=Words("不是这把密钥所签", "another key signed it"))
        Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], f"{text}\n".encode())
        times = [line.removeprefix(TIME) for line in extensions if line.startswith(TIME)]
        return SignedHead(
            head=TreeHead(size=int(size), root=base64.b64decode(root, validate=True)),
            at=datetime.fromisoformat(times[0]) if times else None,
        )
    except InvalidSignature as wrong:
        raise BadCheckpoint(problem=Words("签名不符", "its signature does not match")) from wrong
    except (ValueError, IndexError, StopIteration) as broken:
        raise BadCheckpoint(problem=Words("格式不对", "it is not a signed note")) from broken


def _key_number(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]
