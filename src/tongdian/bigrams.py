"""Chinese search: a text by its pairs of neighbouring characters.

A GIN index over the pairs finds a name of two characters among millions, which trigrams cannot.
"""

import unicodedata


def bigrams(*texts: str) -> list[str]:
    """The distinct pairs of each text, folded in width and case, without blanks: 雁山区 → 雁山, 山区.

    A text of one character gives that character, so that it is found as a whole.
    """
    found: dict[str, None] = {}
    for text in texts:
        for word in unicodedata.normalize("NFKC", text).casefold().split():
            found.update(dict.fromkeys(word[at : at + 2] for at in range(max(len(word) - 1, 1))))
    return list(found)
