"""Reasons that people wrote, for pages that scripts write: a line that says what, then an indented one why.

A line `what` may end with `*`: it stands for all that begin so.
"""


def read(path):
    found, what = {}, ""
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith(" "):
            what = line.strip()
        else:
            found[what] = (found.get(what, "") + " " + line.strip()).strip()
    return found


def reason_for(what, reasons):
    if what in reasons:
        return reasons[what]
    fitting = [key for key in reasons if key.endswith("*") and what.startswith(key[:-1])]
    return reasons[max(fitting, key=len)] if fitting else ""
