"""The page of every key a pack may have. Written anew when a model changes:

.venv/bin/python -m tests.docs.keys
"""

from tests.docs.markdown import HOME
from tongdian.policy.schema import page

PAGE = HOME / "docs" / "how-to" / "what-a-pack-may-say.md"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
