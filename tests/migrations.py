"""`python -m tests.migrations`: write down the new migrations; one that was edited is refused."""

import sys

from tests.architecture.test_migrations import LANDED, hashes, landed


def main() -> None:
    """Add what is new, and nothing else."""
    now, before = hashes(), landed() if LANDED.exists() else {}
    if edited := [path for path, digest in before.items() if now.get(path) != digest]:
        sys.exit(f"landed and edited since: {', '.join(edited)}")
    text = "".join(f"{digest}  {path}\n" for path, digest in sorted(now.items(), key=lambda p: p[0]))
    LANDED.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(now)} migrations, {len(now) - len(before)} new\n")


if __name__ == "__main__":
    main()
