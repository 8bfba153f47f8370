"""Puts tables between the markers of a document: insert.py DOCUMENT TABLES."""

import sys
from pathlib import Path

START, END = "<!-- hack/bench/api.sh --write: from here -->\n", "<!-- to here -->\n"
document, tables = map(Path, sys.argv[1:])
before, start, rest = document.read_text().partition(START)
_, end, after = rest.partition(END)
if not (start and end):
    sys.exit(f"{document} has no markers")
document.write_text(f"{before}{start}\n{tables.read_text()}\n{end}{after}")
