"""Writes docs/mutation.md from what scripts/mutate.py has found."""

import collections

import reasons
from citations import ROOT

PAGE = ROOT / "docs" / "mutation.md"
NOTICED = ("killed", "ended", "too long")

OPENING = """# Would a test notice?

`scripts/mutate.py` changes src/tcp in small ways, one at a time, and runs the tests that come by the changed place: a mutant
is killed when one fails, ends in a broken promise (ours, the standard library's or the language's) or takes more than
four times as long. This page is written by `scripts/mutate.py --write`;
the reasons are in `docs/mutation/reasons.txt`.

What is changed: comparisons (the boundary, the opposite; also those of sequence numbers), arithmetic and bits, `min` and `max`,
`&&` and `||` and their operands, `!`, conditions, numbers (one more, one less), `true` and `false`, what is returned, and
statements, which are left out. Not changed: assertions, what is worked out by the compiler, initial values of members,
reservations of memory, what is returned and is nothing already, and what the compiler refuses ({refused} of them).
Digests have hardly any: `Digest::add_together` packs fields by their types, where each file had shifts and bits of its own.

There are {all} mutants in {files} files. {tried} were tried: {how}. Tests are those of the rooms {rooms}; one mutant gets
{patience} of them at most, the quickest first, so a slow test that would have noticed may not have been asked.
"""


def share(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "–"


def tally(rows, of):
    groups = collections.defaultdict(collections.Counter)
    for mutant, row in rows:
        groups[of(mutant)][row["verdict"]] += 1
    lines = ["| | tried | killed | survived | no test comes by |", "|---|---|---|---|---|"]
    for name, counts in sorted(groups.items()):
        noticed, tried = sum(counts[v] for v in NOTICED), sum(counts.values())
        lines.append(f"| {name} | {tried} | {noticed} ({share(noticed, tried)}) | {counts['survived']} | "
                     f"{counts['unreached']} |")
    return "\n".join(lines) + "\n"


def survivors(rows, known):
    lines = ["| where | mutant | why |", "|---|---|---|"]
    for mutant, row in rows:
        if row["verdict"] in NOTICED:
            continue
        source = mutant["source"].replace("|", "\\|")
        change = mutant["change"].replace("|", "\\|") + (f" ({mutant['ordinal']})" if mutant["ordinal"] > 1 else "")
        why = reasons.reason_for(mutant["key"], known)
        if row["verdict"] == "unreached":
            why = "no test comes by. " + why
        lines.append(f"| `{mutant['file'].removeprefix('src/tcp/')}:{mutant['line']}` | `{source}` {change} | {why.strip()} |")
    return "\n".join(lines) + "\n"


def write(trial, patience):
    known = reasons.read(PAGE.parent / "mutation" / "reasons.txt")
    by_number = {m["number"]: m for m in trial.mutants}
    rows = [(by_number[n], row) for n, row in sorted(trial.results.items()) if n not in trial.impossible]
    noticed = sum(row["verdict"] in NOTICED for _, row in rows)
    same = sum(reasons.reason_for(m["key"], known).startswith("Same:") for m, row in rows
               if row["verdict"] not in NOTICED)
    left = len(rows) - noticed
    how = "all of them" if len(rows) >= len(trial.mutants) - len(trial.impossible) else "a random sample"
    text = OPENING.format(
        refused=trial.refused, all=len(trial.mutants) - len(trial.impossible), tried=len(rows), how=how,
        files=len({m["file"] for m in trial.mutants}), rooms=", ".join(trial.traces),
        patience=" and ".join(f"{patience[room] / 1000:g} s of {room}" for room in trial.traces))
    looked_at = sum(bool(reasons.reason_for(m["key"], known)) for m, row in rows if row["verdict"] not in NOTICED)
    text += (f"\n**{noticed} of {len(rows)} were killed, {share(noticed, len(rows))}.** {left} lived: {looked_at} of them were looked "
             f"at, of which {same} behave as the original does, so that no test can notice; the rest waits for tests.\n")
    waiting = sum(row["verdict"] not in NOTICED and set(row["rooms"]) != set(trial.traces) for _, row in rows)
    if waiting:
        text += f"\n{waiting} of those that lived were tried with the tests of tcp only: the run had not come to the other rooms.\n"
    text += "\n## By kind\n\n" + tally(rows, lambda m: m["kind"])
    text += "\n## By file\n\n" + tally(rows, lambda m: f"`{m['file'].removeprefix('src/tcp/')}`")
    text += "\n## Those that lived\n\n`Same:` says that the mutant behaves as the original does.\n\n" + survivors(rows, known)
    PAGE.write_text(text)
