"""The rules of docs/requirements as scripts/requirements.py reads them. A file of them looks like this:

    # a comment
    RFC 5961: Improving TCP's robustness to blind in-window attacks
    3.2 (1) MUST: what is asked, in our words;
        longer rules go on in lines that are indented by four
      not done: why
    == a heading, where an RFC has many

    RFC 9293: ...
    MUST-10 3.5: a number, the section in which it stands, and what is asked
"""

import dataclasses
import re

TITLE = re.compile(r"RFC (\d+): (.+)")
RULE = re.compile(r"(\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)( \(\w+\)| [a-z]+)? (MUST|SHOULD|MAY|NOT|says): (.+)")
NUMBERED = re.compile(r"((?:MUST|SHLD|MAY|REC)-\d+) (\d+(?:\.\d+)*): (.+)")
VERDICT = re.compile(r"  (in part|not done|not here): (.+)")
LONGER = re.compile(r"    (\S.*)")


@dataclasses.dataclass
class Row:
    """One rule."""

    file: str
    line: int
    rfc: str
    section: str
    place: str
    level: str
    rule: str
    heading: str
    verdict: str = "done"
    reason: str = ""

    @property
    def key(self):
        return self.rfc, self.place

    def say_more(self, text):
        if self.reason:
            self.reason += " " + text
        else:
            self.rule += " " + text


class Reading:
    """One file on its way into a dictionary of rows."""

    def __init__(self, file, rows):
        self.file, self.rows = file, rows
        self.rfc = self.heading = self.row = None

    def row_of(self, number, line):
        if match := NUMBERED.fullmatch(line):
            section, place, level, rule = match[2], match[1], match[1].split("-")[0], match[3]
        elif match := RULE.fullmatch(line):
            section, place, level, rule = match[1], match[1] + (match[2] or ""), match[3], match[4]
        else:
            return None
        return Row(self.file, number, self.rfc, section, place, level, rule, self.heading)

    def take(self, number, line):
        """What is wrong with the line; None for nothing."""
        if not line.strip() or line.startswith("#"):
            return None
        if title := TITLE.fullmatch(line):
            self.rfc, self.heading, self.row = title[1], f"RFC {title[1]}: {title[2]}", None
        elif line.startswith("== "):
            self.heading = line[3:]
        elif self.row and (verdict := VERDICT.fullmatch(line)):
            self.row.verdict, self.row.reason = verdict[1], verdict[2]
        elif self.row and (longer := LONGER.fullmatch(line)):
            self.row.say_more(longer[1])
        elif self.rfc and (row := self.row_of(number, line)):
            if row.key in self.rows:
                return f"RFC {row.rfc} {row.place} stands twice"
            self.row = self.rows[row.key] = row
        else:
            return "neither a rule nor anything that belongs to one"
        return None


def read_rows(path, rows):
    """Adds the rows of a file to a dictionary {(rfc, place): Row}; what is wrong with its lines."""
    reading, faults = Reading(path.name, rows), []
    for number, line in enumerate(path.read_text().split("\n"), 1):
        if fault := reading.take(number, line):
            faults.append(f"docs/requirements/{path.name}:{number}: {fault}")
    return faults
