"""`python -m tests.docs FILE…`: write what the commands print now into the documents."""

import sys
import tempfile
from pathlib import Path

from tests.docs.markdown import recorded

for name in sys.argv[1:]:
    with tempfile.TemporaryDirectory() as folder:
        Path(name).write_text(recorded(Path(name).resolve(), Path(folder)), encoding="utf-8")
