"""Finds what can be mutated in C++ sources (by libclang), and writes sources that have all mutants in them.

A mutant is one small change of one expression. `Finder(...).mutants` lists them; `mutated(text, edits)` makes
the text of a file, in which `schemata.h` chooses among them at run time.
"""

import dataclasses
import re
import sys

sys.path.append("/usr/lib/python3/dist-packages")  # where Debian keeps clang's own package

from clang import cindex

Kind = cindex.CursorKind

# operator: function of schemata.h, what its mutants have instead
COMPARISONS = {"<": ("less", ["<=", ">="]), "<=": ("at_most", ["<", ">"]), ">": ("greater", [">=", "<="]),
               ">=": ("at_least", [">", "<"]), "==": ("equal", ["!="]), "!=": ("unequal", ["=="])}
ARITHMETIC = {"+": ("plus", ["-"]), "-": ("minus", ["+"]), "*": ("times", ["/"]), "/": ("divided", ["*"]),
              "%": ("rest", ["*"]), "<<": ("left", [">>"]), ">>": ("right", ["<<"]), "&": ("both_bits", ["|"]),
              "|": ("either_bit", ["&"]), "^": ("one_bit", ["&"])}
ASSIGNMENTS = {"+=": ("plus_assign", ["-="]), "-=": ("minus_assign", ["+="]), "|=": ("either_assign", ["&="]),
               "&=": ("both_assign", ["|="])}
BINARY = COMPARISONS | ARITHMETIC | ASSIGNMENTS
PLACES = {"is_before": ("before", "is_at_or_before"), "is_at_or_before": ("at_or_before", "is_before"),
          "is_after": ("after", "is_at_or_after"), "is_at_or_after": ("at_or_after", "is_after")}

NUMBER = re.compile(rb"(?:0[xX][0-9a-fA-F']+|[0-9][0-9']*)(?:[uU]?[lL]{0,2})$")
# What changes no behaviour when it is left out, provably: memory taken early, a result that is not used.
WITHOUT_EFFECT = re.compile(rb"(?:.*[.>])?reserve\(|static_cast<void>\(")
EXPRESSIONS = {Kind.CALL_EXPR, Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR, Kind.UNARY_OPERATOR,
               Kind.UNEXPOSED_EXPR}
SCALARS = {cindex.TypeKind.BOOL, *(getattr(cindex.TypeKind, name) for name in (
    "UCHAR", "USHORT", "UINT", "ULONG", "ULONGLONG", "SCHAR", "SHORT", "INT", "LONG", "LONGLONG", "ENUM"))}


def without_casts(expression):
    """What stands inside conversions that nobody wrote."""
    while expression.kind == Kind.UNEXPOSED_EXPR:
        inner = list(expression.get_children())
        if len(inner) != 1:
            break
        expression = inner[0]
    return expression


@dataclasses.dataclass
class Mutant:
    file: str
    line: int
    kind: str      # comparison, arithmetic, logic, constant, statement, result, condition
    source: str    # the expression, on one line
    change: str    # what becomes of it
    number: int = 0
    ordinal: int = 1  # of the same change of the same expression of a file

    @property
    def key(self):
        mark = f" #{self.ordinal}" if self.ordinal > 1 else ""
        return f"{self.file}: `{self.source}` {self.change}{mark}"


@dataclasses.dataclass
class Edit:
    start: int
    end: int
    before: str
    after: str
    lines: tuple
    mutants: list
    operator: tuple = ()  # place and text of what stands between the operands
    replaces: bool = False  # the text from start to end goes


def parse(path, arguments):
    cindex.Config.set_library_file("libclang-19.so.1")
    return cindex.Index.create().parse(str(path), arguments)


class Finder:
    """Walks one translation unit; files are those whose names `wanted` maps to their short names."""

    def __init__(self, unit, wanted):
        self.wanted = wanted
        self.texts = {name: name.read_bytes() for name in wanted}
        self.asserted = {name: [m.span() for m in re.finditer(rb"ACKSU_ASSERT\(.*?\);", text, re.S)]
                         for name, text in self.texts.items()}
        self.edits = {name: [] for name in wanted}
        self.seen = {name: set() for name in wanted}
        self.by_name = {str(name): name for name in wanted}
        for cursor in unit.cursor.get_children():
            name = self.by_name.get(str(cursor.location.file))
            if name:
                self.file, self.text = name, self.texts[name]
                self.walk(cursor, None)
        self.count()

    def count(self):
        """Numbers the mutants in the order of their places; 0 is none."""
        self.mutants, ordinals = [], {}
        for name in sorted(self.wanted):
            for edit in sorted(self.edits[name], key=lambda e: (e.start, -e.end)):
                for mutant in edit.mutants:
                    same = (mutant.file, mutant.source, mutant.change)
                    ordinals[same] = mutant.ordinal = ordinals.get(same, 0) + 1
                    mutant.number = len(self.mutants) + 1
                    self.mutants.append(mutant)

    # ---- walking --------------------------------------------------------------------------------

    def span(self, cursor):
        return cursor.extent.start.offset, cursor.extent.end.offset

    def walk(self, cursor, parent):
        kind = cursor.kind
        start, end = self.span(cursor)
        if kind == Kind.STATIC_ASSERT or kind in (Kind.ENUM_DECL, Kind.FIELD_DECL, Kind.TYPE_ALIAS_DECL):
            return
        if any(a <= start < b for a, b in self.asserted[self.file]):
            return
        if kind == Kind.FUNCTION_DECL and b"consteval" in self.text[start:cursor.location.offset]:
            return  # it is gone before the program runs
        children = list(cursor.get_children())
        if kind == Kind.VAR_DECL:
            head = self.text[start:cursor.location.offset]
            if b"constexpr" in head or b"constinit" in head:
                return
            children = [c for c in children if self.span(c)[0] > cursor.location.offset]
        elif kind == Kind.PARM_DECL:
            return
        elif kind == Kind.CASE_STMT:
            children = children[1:]
        self.visit(cursor, children, parent)
        for child in children:
            if self.span(child) != (0, 0):
                self.walk(child, cursor)

    def visit(self, cursor, children, parent):
        kind = cursor.kind
        if kind in (Kind.COMPOUND_STMT, Kind.UNEXPOSED_STMT):  # the latter has an attribute
            for child in children:
                self.statement(child)
        elif kind in (Kind.IF_STMT, Kind.WHILE_STMT, Kind.FOR_STMT, Kind.CONDITIONAL_OPERATOR):
            self.control(kind, children)
        elif kind in (Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR) and len(children) == 2:
            self.binary(children[0], children[1])
        elif kind == Kind.CALL_EXPR:
            self.call(cursor, children)
        elif kind == Kind.UNARY_OPERATOR:
            self.unary(cursor, children)
        elif kind == Kind.INTEGER_LITERAL:
            self.number(cursor)
        elif kind == Kind.CXX_BOOL_LITERAL_EXPR:
            self.flip(cursor)
        elif kind == Kind.RETURN_STMT and children:
            self.returned(children[0])

    # ---- one kind of mutant each ----------------------------------------------------------------

    def statement(self, child):
        start, end = self.span(child)
        text = self.text[start:end]
        if child.kind not in EXPRESSIONS or text.startswith(b"ACKSU_") or WITHOUT_EFFECT.match(text):
            return
        if self.text[end:].lstrip().startswith(b";"):
            self.add(start, end, "(::acksu_mutation::on({0}) ? void() : void(", "))",
                     [("statement", "is left out")])

    def control(self, kind, children):
        if kind == Kind.FOR_STMT:
            bodies = children[-1:]
        elif kind == Kind.CONDITIONAL_OPERATOR:
            bodies = []
        else:
            bodies = children[1:]
        for body in bodies:
            self.statement(body)
        condition = children[0]
        start, end = self.span(condition)
        text = self.text[start:end]
        if kind == Kind.FOR_STMT or condition.kind in (Kind.VAR_DECL, Kind.DECL_STMT) or not text:
            return
        if kind == Kind.IF_STMT and not re.search(rb"\bif\s*\($", self.text[max(0, start - 8):start]):
            return  # with a declaration, or of constants
        core = without_casts(condition)
        if core.kind in (Kind.BINARY_OPERATOR, Kind.UNARY_OPERATOR) or core.spelling.startswith("operator"):
            return  # has mutants of its own
        if core.spelling in PLACES:
            return
        self.add(start, end, "(::acksu_mutation::on({0}) != static_cast<bool>(", "))",
                 [("condition", "is negated")])

    def binary(self, left, right):
        (start, a), (b, end) = self.span(left), self.span(right)
        if not start < a <= b < end:
            return
        between = self.text[a:b]
        operator = between.strip().decode("utf-8", "replace")
        if operator in ("&&", "||"):
            self.logic(operator, start, a, b, end)
            return
        if operator not in BINARY:
            return
        function, others = BINARY[operator]
        kind = "comparison" if operator in COMPARISONS else "arithmetic"
        self.add(start, end, f"::acksu_mutation::{function}({{0}}, ", ")",
                 [(kind, f"has {other} for {operator}") for other in others], (a, b, ", "))

    def logic(self, operator, start, a, b, end):
        """`&&` becomes `||` by De Morgan, so that nothing stands twice; each operand may be left out."""
        guard = "on({}) ||" if operator == "&&" else "!::acksu_mutation::on({}) &&"
        guard = guard if guard.startswith("!") else "::acksu_mutation::" + guard
        operand = "(" + guard + " (::acksu_mutation::on({0}) != static_cast<bool>("
        first = operand.replace("on({})", "on({1})").replace("{}", "{1}")
        second = operand.replace("on({})", "on({2})").replace("{}", "{2}")
        other = "||" if operator == "&&" else "&&"
        self.add(start, end, "(::acksu_mutation::on({0}) != (" + first, "))))) ",
                 [("logic", f"has {other} for {operator}"), ("logic", "loses its first operand"),
                  ("logic", "loses its second operand")], (a, b, "))) " + operator + " " + second))

    def call(self, cursor, children):
        name = cursor.spelling
        if name.startswith("operator") and len(children) == 3:
            self.binary(children[0], children[2])
            return
        start, end = self.span(cursor)
        text = self.text[start:end]
        if name in PLACES and text.startswith(name.encode() + b"("):
            function, boundary = PLACES[name]
            self.add(start, start + len(name) + 1, f"::acksu_mutation::{function}({{0}}, ", "",
                     [("comparison", f"has {boundary} for {name}"), ("comparison", "is negated")],
                     whole=(start, end), replaces=True)
        elif name in ("min", "max") and text.startswith(b"std::" + name.encode()):
            least = "true" if name == "min" else "false"
            other = "max" if name == "min" else "min"
            self.add(start, start + len("std::min"), f"::acksu_mutation::Extreme<{{0}}, {least}>::of", "",
                     [("arithmetic", f"has {other} for {name}")], whole=(start, end), replaces=True)

    def unary(self, cursor, children):
        start, end = self.span(cursor)
        text = self.text[start:end]
        if text.startswith(b"!") and children:
            self.add(start, end, "(::acksu_mutation::on({0}) != static_cast<bool>(", "))",
                     [("logic", "loses its !")])
        elif text[:2] in (b"++", b"--") and children:
            function, other = ("increment", "--") if text[:2] == b"++" else ("decrement", "++")
            self.add(start, start + 2, f"::acksu_mutation::{function}({{0}}, ", "",
                     [("arithmetic", f"has {other} for {text[:2].decode()}")], whole=(start, end), replaces=True)
            line = self.text.count(b"\n", 0, start) + 1
            self.edits[self.file].append(Edit(start + 2, end, "", ")", (line, line), []))

    def number(self, cursor):
        start, end = self.span(cursor)
        text = self.text[start:end]
        if not NUMBER.match(text) or self.text[start - 1:start] == b"<":
            return
        others = [("constant", f"{text.decode()} is one more"), ("constant", f"{text.decode()} is one less")]
        self.add(start, end, "::acksu_mutation::literal({0}, ", ")", others, whole=self.line_of(start))

    def flip(self, cursor):
        start, end = self.span(cursor)
        text = self.text[start:end].decode()
        other = "false" if text == "true" else "true"
        if text in ("true", "false") and self.text[start - 1:start] != b"<":
            self.add(start, end, "(::acksu_mutation::on({0}) != ", ")",
                     [("constant", f"{text} is {other}")], whole=self.line_of(start))

    def returned(self, value):
        core = without_casts(value)
        type_kind = value.type.get_canonical().kind
        if type_kind not in SCALARS or core.kind not in (Kind.CALL_EXPR, Kind.DECL_REF_EXPR, Kind.MEMBER_REF_EXPR):
            return
        if core.spelling.startswith("operator") or core.spelling in PLACES:
            return
        named = core.referenced
        if named is not None and named.kind == Kind.ENUM_CONSTANT_DECL and named.enum_value == 0:
            return  # it is nothing already
        start, end = self.span(value)
        if type_kind == cindex.TypeKind.BOOL:
            self.add(start, end, "(::acksu_mutation::on({0}) != static_cast<bool>(", "))",
                     [("result", "is negated")])
        else:
            self.add(start, end, "::acksu_mutation::result({0}, ", ")", [("result", "is 0")])

    # ---- edits ----------------------------------------------------------------------------------

    def line_of(self, offset):
        start = self.text.rfind(b"\n", 0, offset) + 1
        return start, self.text.find(b"\n", offset)

    def add(self, start, end, before, after, changes, operator=(), whole=None, replaces=False):
        if (start, end, before) in self.seen[self.file]:
            return
        self.seen[self.file].add((start, end, before))
        first, last = whole or (start, end)
        source = " ".join(self.text[first:last].decode("utf-8", "replace").split())
        source = re.sub(r" *//.*", "", source)
        if len(source) > 90:
            source = source[:87] + "..."
        lines = (self.text.count(b"\n", 0, start) + 1, self.text.count(b"\n", 0, last) + 1)
        mutants = [Mutant(self.wanted[self.file], lines[0], kind, source, change) for kind, change in changes]
        self.edits[self.file].append(Edit(start, end, before, after, lines, mutants, operator, replaces))


def mutated(text, edits):
    """The text with its edits in it. At one place the ends of inner expressions come first, then operators,
    then the beginnings, the outermost first."""
    pieces = []
    for order, edit in enumerate(edits):
        numbers = [m.number for m in edit.mutants]
        before, operator = edit.before, edit.operator and edit.operator[2]
        for i, number in enumerate(numbers):
            before = before.replace("{%d}" % i, str(number))
            operator = operator and operator.replace("{%d}" % i, str(number))
        if operator:  # what the compiler says keeps its lines
            operator += "\n" * text.count(b"\n", *edit.operator[:2])
        if edit.replaces:
            pieces.append((edit.start, 2, (-edit.end, order), edit.end, before))
            continue
        if before:
            pieces.append((edit.start, 2, (-edit.end, order), edit.start, before))
        pieces.append((edit.end, 0, (-edit.start, -order), edit.end, edit.after))
        if operator:
            pieces.append((edit.operator[0], 1, (0, order), edit.operator[1], operator))
    pieces.sort(key=lambda piece: piece[:3])
    out, at = [], 0
    for start, _, _, end, new in pieces:
        out += [text[at:start], new.encode()]
        at = max(end, start)
    out.append(text[at:])
    return b"".join(out)
