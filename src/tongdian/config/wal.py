"""Run by the private PostgreSQL for each segment of its log, so of the standard library alone:

    python -I -S wal.py keep SEGMENT FOLDER        the segment into FOLDER, compressed
    python -I -S wal.py take FOLDER NAME TARGET    back to TARGET

Exit status 0 means that the segment is on the disk of FOLDER, whatever happens next; PostgreSQL then
forgets its own. Anything else, and it asks again.
"""

import gzip
import os
import sys
import zlib
from pathlib import Path


def keep(segment: Path, folder: Path) -> None:
    """Told twice with the same content it is done already; other content under a name that is there is
    refused, for one of the two belongs to another server. Raises FileExistsError, OSError."""
    content, kept = segment.read_bytes(), folder / f"{segment.name}.gz"
    if kept.exists():
        if gzip.decompress(kept.read_bytes()) != content:
            raise FileExistsError(f"{kept} is there already, with other content")
        _flush(folder)  # the one that wrote it may have been ended before it did
        return
    draft = folder / f"{segment.name}.part"
    with draft.open("wb") as file:
        # a segment that was switched after a minute is mostly empty
        file.write(gzip.compress(content, 1, mtime=0))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(kept)
    _flush(folder)


def take(folder: Path, name: str, target: Path) -> None:
    """Raises FileNotFoundError, which PostgreSQL takes for the end of what there is."""
    target.write_bytes(gzip.decompress((folder / f"{name}.gz").read_bytes()))


def _flush(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def main(arguments: list[str]) -> int:
    os.umask(0o077)
    try:
        match arguments:
            case ["keep", segment, folder]:
                keep(Path(segment), Path(folder))
            case ["take", folder, name, target]:
                take(Path(folder), name, Path(target))
            case _:
                return 2
    except (OSError, EOFError, zlib.error) as failed:
        if arguments[0] == "keep" or not isinstance(failed, FileNotFoundError):
            sys.stderr.write(f"{failed}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
