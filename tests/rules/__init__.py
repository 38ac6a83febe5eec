"""The rules that every notebook keeps: each takes a `Notebook` and returns what is wrong, in words.

`outputs` is about what is stored, `code` about the cells' Python, `prose` about what is written,
`links` about where it points. A rule returns an empty list when there is nothing to say.
"""

from rules import code, links, outputs, prose
from rules.notebook import Notebook

RULES = (*outputs.RULES, *code.RULES, *prose.RULES, *links.RULES)

__all__ = ["RULES", "Notebook"]
