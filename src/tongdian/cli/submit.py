"""`tongdian submit`: returns as signed bundles between installations."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tongdian.cli.arguments import count
from tongdian.cli.targets import must_be_writable
from tongdian.plain_text import legible
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

RIGHT = Words(
    "签名有效：{office} {form} {period} 第 {number} 版；记录 {size} 条，根 {root}…；所见他方检查点 {seen} 个",
    "the signature is right: {office}, {form} of {period}, version {number}; a log of {size} entries, root {root}…; "
    "{seen} checkpoints of others",
)
LOG_RIGHT = Words(
    "签名有效：{office} 的记录 {size} 条，根 {root}…；所见他方检查点 {seen} 个",
    "the signature is right: {office}, a log of {size} entries, root {root}…; {seen} checkpoints of others",
)
TAKEN = Words(
    "已接收：{office} {form} {period}，内容哈希 {hash}…",
    "taken: {office}, {form} of {period}, content hash {hash}…",
)
CAME = Words("接收 {taken} 份，拒收 {refused} 份", "{taken} taken in, {refused} refused")
SEEN = Words(
    "已见证：记录 {size} 条，根 {root}…，与此前所见一致",
    "witnessed: a log of {size} entries, root {root}…, in line with what was seen before",
)
AGREES = Words(
    "抽中的 {count} 件业务与报送相符：{office} {form} {period}",
    "the {count} cases drawn agree with the bundle: {office}, {form} of {period}",
)
DISAGREES = Words("{position} 号：{why}", "{position}: {why}")
WRITTEN = Words("已写出 {path}", "written: {path}")


def add_commands(commands: Any) -> None:
    """The `submit` group."""
    group = commands.add_parser("submit", help="send and take in returns as signed bundles")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    build = verbs.add_parser("build", help="write the bundle of a return that a second person reviewed")
    build.add_argument("office", metavar="OFFICE", help="the short name of the office that files")
    build.add_argument("form", metavar="FORM", help="such as annex-3")
    build.add_argument("period", metavar="PERIOD", help="2021-H1, 2021 or once")
    build.add_argument("--to", required=True, type=Path, metavar="FILE")
    build.set_defaults(run=run_build)
    log = verbs.add_parser("checkpoint", help="write where the log stands, for the office above: each day")
    log.add_argument("office", metavar="OFFICE", help="the short name of the office that sends")
    log.add_argument("--to", required=True, type=Path, metavar="FILE")
    log.set_defaults(run=run_checkpoint)
    for parser in (build, log):
        parser.add_argument(
            "--since",
            type=count,
            default=0,
            metavar="SIZE",
            help="how long the log was that the receiver saw last",
        )
    witness = verbs.add_parser("witness", help="keep where the log of an office below stands")
    witness.add_argument("file", type=Path)
    witness.add_argument("--office", required=True, help="the short name of the office that receives")
    witness.add_argument(
        "--cosigned", type=Path, metavar="FILE", help="write the checkpoint as witnessed here"
    )
    witness.set_defaults(run=run_witness)
    verify = verbs.add_parser(
        "verify", help="what a bundle says, and whether its signature is right; needs no database"
    )
    verify.add_argument("file", type=Path)
    verify.add_argument("--json", action="store_true")
    verify.add_argument("--checkpoint", action="store_true", help="it is no bundle but where a log stands")
    verify.set_defaults(run=run_verify)
    accept = verbs.add_parser(
        "accept", help="take in bundles for an office of this installation, each by itself"
    )
    accept.add_argument("files", type=Path, nargs="+", metavar="FILE")
    accept.add_argument("--office", required=True, help="the short name of the office that receives")
    accept.add_argument(
        "--cosigned",
        type=Path,
        metavar="FILE",
        help="write the sender's checkpoint as witnessed here; of several bundles a folder, named as they are",
    )
    accept.set_defaults(run=run_accept)
    answer = verbs.add_parser(
        "answer", help="show the cases that were drawn from a bundle of this installation"
    )
    answer.add_argument("bundle", type=Path, metavar="BUNDLE", help="as it was sent")
    answer.add_argument(
        "--cosigned",
        required=True,
        type=Path,
        metavar="FILE",
        help="its checkpoint, as the receiver cosigned it",
    )
    answer.add_argument("--to", required=True, type=Path, metavar="FILE")
    answer.set_defaults(run=run_answer)
    check = verbs.add_parser(
        "check", help="compare the answer to a draw with the bundle; 1 where something does not agree"
    )
    check.add_argument("file", type=Path)
    check.add_argument(
        "--office", required=True, help="the short name of the office that received the bundle"
    )
    check.set_defaults(run=run_check)
    key = verbs.add_parser(
        "key", help="print the verifier line of this installation, to be compared by the receiver"
    )
    key.set_defaults(run=run_key)
    trust = verbs.add_parser("trust", help="enter the verifier line of an office that sends bundles")
    trust.add_argument("sender", metavar="SENDER", help="the short name of the office that sends")
    trust.add_argument("verifier", metavar="LINE")
    trust.add_argument("--office", required=True, help="the short name of the office that receives")
    trust.add_argument("--paper", required=True, help="how it was compared")
    trust.set_defaults(run=run_trust)


def run_build(options: argparse.Namespace) -> None:
    """Write the bundle."""
    from tongdian.config.program import open_program

    must_be_writable(options.to, option="--to", inputs=[])
    with open_program():
        from tongdian.supervision.commands import build

        text = build(options.office, options.form, options.period, begins=options.since)
    options.to.write_text(text, encoding="utf-8")
    print(WRITTEN.fill(path=str(options.to)).say(options.lang))


def run_checkpoint(options: argparse.Namespace) -> None:
    """Write where the log stands."""
    from tongdian.config.program import open_program

    must_be_writable(options.to, option="--to", inputs=[])
    with open_program():
        from tongdian.supervision.commands import build_log

        text = build_log(options.office, begins=options.since)
    options.to.write_text(text, encoding="utf-8")
    print(WRITTEN.fill(path=str(options.to)).say(options.lang))


def run_witness(options: argparse.Namespace) -> None:
    """Keep it, and give it back with this installation's line."""
    from tongdian.config.program import open_program

    if options.cosigned:
        must_be_writable(options.cosigned, option="--cosigned", inputs=[options.file])
    with open_program():
        from tongdian.supervision.commands import witness

        head, note = witness(options.file.read_bytes(), options.office, getpass.getuser())
        print(SEEN.fill(size=head.size, root=head.root[:16]).say(options.lang))
    if options.cosigned:
        options.cosigned.write_text(note, encoding="utf-8")


def run_verify(options: argparse.Namespace) -> None:
    """Say what the bundle is."""
    from tongdian.supervision.bundles import LOG_FORMAT, opened, seen_heads

    data = options.file.read_bytes()
    bundle = opened(data, LOG_FORMAT) if options.checkpoint else opened(data)
    head = bundle.head
    seen = seen_heads(bundle)
    if options.json:
        print(json.dumps({**bundle.body, "digest": bundle.digest}, ensure_ascii=False, indent=2))
        return
    said = {name: bundle.body.get(name, "") for name in ("office", "form", "period", "number")}
    right = LOG_RIGHT if options.checkpoint else RIGHT
    print(right.fill(**said, size=head.size, root=head.root.hex()[:16], seen=len(seen)).say(options.lang))
    print(bundle.verifier)


def run_accept(options: argparse.Namespace) -> int:
    """Take them in, and keep the cosigned checkpoints; 1 where one of several was refused."""
    from tongdian.config.program import open_program

    files, several = options.files, len(options.files) > 1
    if options.cosigned and not several:
        must_be_writable(options.cosigned, option="--cosigned", inputs=files)
    elif options.cosigned:
        next(options.cosigned.iterdir(), None)  # a folder that is there; raises OSError
    refused, stems = 0, Counter[str]()
    with open_program():
        from tongdian.supervision.commands import accept

        came = accept((file.read_bytes() for file in files), options.office, getpass.getuser())
        for file, taken in zip(files, came, strict=True):
            if isinstance(taken, Refusal):
                if not several:
                    raise taken
                refused += 1
                print(legible(f"{file}: {taken.say(options.lang)}"), file=sys.stderr)
                continue
            filing = taken.version.filing
            said = {"office": taken.organisation.short, "form": filing.form, "period": filing.period}
            print(TAKEN.fill(**said, hash=taken.version.hash[:16]).say(options.lang))
            if options.cosigned:
                stems[file.stem] += 1
                again = f"-{stems[file.stem]}" if stems[file.stem] > 1 else ""
                own = options.cosigned / f"{file.stem}{again}.txt" if several else options.cosigned
                own.write_text(taken.cosigned, encoding="utf-8")
    if several:
        print(CAME.fill(taken=len(files) - refused, refused=refused).say(options.lang))
    return 1 if refused else 0


def run_answer(options: argparse.Namespace) -> None:
    """Write the answer."""
    from tongdian.config.program import open_program

    must_be_writable(options.to, option="--to", inputs=[options.bundle, options.cosigned])
    with open_program():
        from tongdian.supervision.commands import answer

        text = answer(options.bundle.read_bytes(), options.cosigned.read_text(encoding="utf-8"))
    options.to.write_text(text, encoding="utf-8")
    print(WRITTEN.fill(path=str(options.to)).say(options.lang))


def run_check(options: argparse.Namespace) -> int:
    """Keep the answer, and say what of it does not agree."""
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.supervision.commands import check_answer

        kept = check_answer(options.file.read_bytes(), options.office, getpass.getuser())
        filing, cases = kept.bundle.version.filing, kept.answer["body"]["cases"]
        for one in kept.problems:
            why = Words(one["zh"], one["en"])
            print(legible(DISAGREES.fill(position=one["position"], why=why).say(options.lang)))
        if not kept.problems:
            said = {"office": kept.organisation.short, "form": filing.form, "period": filing.period}
            print(AGREES.fill(count=len(cases), **said).say(options.lang))
    return 1 if kept.problems else 0


def run_key(options: argparse.Namespace) -> None:
    """Print the line."""
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.supervision.commands import own_key

        print(own_key())


def run_trust(options: argparse.Namespace) -> None:
    """Enter the key."""
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.supervision.commands import trust

        trust(options.sender, options.verifier, options.office, options.paper, getpass.getuser())
