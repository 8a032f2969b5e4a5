"""What may be done with files that are brought, how long they are kept, and what is refused."""

from __future__ import annotations

import datetime as dt

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

MAX_BYTES = 20_000_000  # of all files of a run together; the command line has no such limit
MOST_FILES = 60  # of a run: five years of months
KEPT_FOR = dt.timedelta(days=30)
MOST_TRIES = 3  # of one calculation, where the worker ended half-way
MEMORY = "1GB"
CALCULATE = Words("用文件批量计算", "calculate over files")
SUFFIXES = (".csv", ".xlsx", ".xlsm", ".parquet")


class NoSuchRun(Refusal):
    """Not there, not the viewer's to see, or removed after its time."""

    says = Words(
        "没有这次计算，或您无权查看，或已到期删除。",
        "There is no such calculation, or it is not yours to see, or its time is over.",
    )
    status = 404


class FilesTooLarge(Refusal):
    """More than a page takes."""

    says = Words(
        "文件合计超过 {limit} MB；请分批上传，或改用命令行 tongdian rate、tongdian measure。",
        "The files together are larger than {limit} MB; bring them in parts, or use the command line: "
        "tongdian rate, tongdian measure.",
    )


class TooManyFiles(Refusal):
    """More files than a page takes."""

    says = Words(
        "一次最多 {most} 个文件；请合并或分批上传。",
        "{most} files at most; join them, or bring them in parts.",
    )


class FileMissingForGrain(Refusal):
    """A grain that must have rows, without a file."""

    says = Words("请选择“{grain}”的文件。", 'Choose the file for "{grain}".')


class KindNotRead(Refusal):
    """A file whose name says that it is of another kind."""

    says = Words(
        "“{name}”不是 CSV、Excel（.xlsx）或 Parquet 文件。",
        '"{name}" is not a CSV, Excel (.xlsx) or Parquet file.',
    )


class EmptyFile(Refusal):
    """A file without a byte."""

    says = Words("“{name}”是空的；请重新选择。", '"{name}" is empty; choose it again.')


class ColumnUndecided(Refusal):
    """A heading of which nobody said what it means."""

    says = Words(
        "{file} 的“{title}”还没有指明；请选择它指哪一列，或选“不读”。",
        '{file}: it is not said yet what "{title}" means; choose its column, or "not read".',
    )


class ColumnNotGiven(Refusal):
    """A column that must be there and that no heading means."""

    says = Words(
        "{file} 中没有一列指“{column}”；这一列不可缺。",
        '{file}: no heading means "{column}", which must be there.',
    )


class ColumnMeantTwice(Refusal):
    """Two headings that mean the same column."""

    says = Words(
        "{file} 的“{first}”和“{second}”都指“{column}”；请把其中一个选为“不读”。",
        '{file}: "{first}" and "{second}" both mean "{column}"; choose "not read" for one.',
    )


class NotToBeMapped(Refusal):
    """Started already, or over."""

    says = Words("这次计算已经开始或结束。", "This calculation has begun or is over already.")
    status = 409


class AtWork(Refusal):
    """Removed while the worker reads it."""

    says = Words("正在计算，完成后才能删除。", "It is being calculated; remove it when that has ended.")
    status = 409


class WorkerEnded(Refusal):
    """The worker ended at each try."""

    says = Words(
        "计算程序连续 {tries} 次中断，可能是内存不足；请把文件分小，或改用命令行。",
        "The worker ended {tries} times at this, perhaps for want of memory; bring smaller files, or use the "
        "command line.",
    )


class FilesGone(Refusal):
    """The folder was removed by hand, or the disk lost it."""

    says = Words("上传的文件已不在；请重新上传。", "The files are gone; bring them again.")


class UnexpectedEnd(Refusal):
    """A fault of the program."""

    says = Words(
        "程序出错，没有算完；管理员可在日志中查看编号 {run}。",
        "The program failed and did not finish; an administrator finds {run} in its log.",
    )
