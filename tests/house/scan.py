"""A scanner for C++ that knows just enough: comments, braces, functions, parameters, variables.

It does not expand macros and does not know types. Braces decide: each `{` opens a namespace, a type,
a function, a lambda, a block of a control statement, or a braced value, judged by the text before it.
"""

import bisect
import dataclasses
import re

LITERAL = re.compile(
    r"""//(?:\\\n|[^\n])*"""
    r"""|/\*.*?\*/"""
    r"""|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)\""""
    r"""|"(?:\\.|[^"\\\n])*\""""
    r"""|(?<![0-9a-fA-F'])'(?:\\.|[^'\\\n])+'""",
    re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
TYPE_HEAD = re.compile(r"^(?:typedef )?(?:class|struct|union|enum)\b")
CONTROL = re.compile(r"^(?:if(?: constexpr| consteval)?|for|while|switch|do|else|try|catch)\b")
LABEL = re.compile(r"^(?:case\b(?:[^:?]|::)*:(?!:)|default ?:(?!:)|(?:public|private|protected) ?:(?!:))")
NOT_A_FUNCTION = {"alignas", "decltype", "explicit", "noexcept", "__attribute__", "requires"}


def _blank(match):
    """The same number of lines and columns, without the text; strings keep their quotes."""
    text = match.group(0)
    blank = re.sub(r"[^\n]", " ", text)
    return blank if text[0] in "/ \t#" else '"' + blank[1:-1] + '"'


def without_literals(text):
    """The text with comments and the insides of strings and characters blanked."""
    return LITERAL.sub(_blank, text)


@dataclasses.dataclass
class Function:
    name: str
    line: int
    end: int = 0
    parameters: int = 0
    nesting: int = 0

    @property
    def lines(self):
        return self.end - self.line + 1


@dataclasses.dataclass
class Statement:
    """Text that ended in `;` or in a braced value, and the kind of scope it stands in."""
    scope: str
    text: str
    line: int


@dataclasses.dataclass
class Scope:
    kind: str  # file, namespace, type, function, lambda, block, value
    function: Function = None
    nesting: int = 0
    head: str = ""
    head_line: int = 0
    parentheses: int = 0


def _skip_group(text, start, opening, closing):
    """The index after the group that opens at start, or the end of the text."""
    depth = 0
    for i in range(start, len(text)):
        if text[i] == opening:
            depth += 1
        elif text[i] == closing and not (closing == ">" and text[i - 1] == "-"):
            depth -= 1
            if depth == 0:
                return i + 1
    return len(text)


def _strip_prefixes(head):
    """The head without labels, attributes and template parameter lists in front."""
    while True:
        head = head.lstrip()
        if label := LABEL.match(head):
            head = head[label.end():]
        elif head.startswith("[["):
            head = head[_skip_group(head, 0, "[", "]"):]
        elif re.match(r"template ?<", head):
            head = head[_skip_group(head, head.index("<"), "<", ">"):]
        elif re.match(r"(?:alignas|requires) ?\(", head):
            head = head[_skip_group(head, head.index("("), "(", ")"):]
        else:
            return head


def _strip_controls(head):
    """(head after its control statements, whether nothing but a control statement is left)."""
    was_control = False
    while control := CONTROL.match(head):
        was_control = True
        head = head[control.end():].lstrip()
        if head.startswith("("):
            head = head[_skip_group(head, 0, "(", ")"):]
        head = _strip_prefixes(head)
    return head, was_control


def _is_lambda(head):
    """Does the text end in a lambda's introducer and its declarator?"""
    head = re.sub(r"-> ?[\w:<>,&* ]+$", "", head).rstrip()
    head = re.sub(r"(?:\b(?:mutable|noexcept|constexpr|consteval)\b ?)+$", "", head).rstrip()
    if head.endswith(")"):
        head = head[:_group_start(head, "(", ")")].rstrip()
        if head.endswith(">"):
            head = head[:_group_start(head, "<", ">")].rstrip()
    if not head.endswith("]"):
        return False
    before = head[:_group_start(head, "[", "]")].rstrip()
    if re.search(r"\b(?:return|co_return|co_await|co_yield|else|case)$", before):
        return True
    return not re.search(r"[\w)\]>]$|\boperator ?$", before)


def _group_start(text, opening, closing):
    """The index where the group starts that ends with the text."""
    depth = 0
    for i in range(len(text) - 1, -1, -1):
        depth += (text[i] == closing) - (text[i] == opening)
        if depth == 0:
            return i
    return 0


def plain(head):
    """A declaration's head with operators as words and without template arguments."""
    head = re.sub(r"\boperator ?\( ?\)", "operator_call", head)
    head = re.sub(r'\boperator ?[^\w\s("]+', "operator_sign", head)
    head = head.replace("->", " ")
    while (shorter := re.sub(r"<[^<>]*>", "", head)) != head:
        head = shorter
    return head


def _parameter_group(head):
    """(name, parameters, what follows) of a function's head, or None if it heads no function."""
    head = plain(head)
    position = 0
    while (start := head.find("(", position)) >= 0:
        if "=" in head[:start]:
            return None
        end = _skip_group(head, start, "(", ")")
        name = re.search(r"([~\w:]+) ?$", head[:start])
        if name and name[1] not in NOT_A_FUNCTION:
            return name[1], head[start + 1:end - 1], head[end:]
        position = end
    return None


def count_parameters(text):
    """How many parameters a parameter list without its parentheses has."""
    text = text.strip()
    if text in ("", "void"):
        return 0
    depth, count = 0, 1
    for i, c in enumerate(text):
        if c in "([{<":
            depth += 1
        elif c in ")]}" or (c == ">" and text[i - 1] != "-"):
            depth -= 1
        elif c == "," and depth == 0:
            count += 1
    return count


class Source:
    """One scanned file: its functions and statements, and its text without comments and strings."""

    def __init__(self, text):
        self.text = text
        self.code = without_literals(text)
        self.functions = []
        self.statements = []
        self._line_starts = [0] + [m.end() for m in re.finditer("\n", text)]
        self._scopes = [Scope("file")]
        self._scan(DIRECTIVE.sub(_blank, self.code))

    def line_of(self, position):
        return bisect.bisect_right(self._line_starts, position)

    def _scan(self, code):
        for match in re.finditer(r"\s+|\w+|[^\w\s]", code):
            token, scope = match.group(0), self._scopes[-1]
            if token == "{":
                self._open(self.line_of(match.start()))
            elif token == "}":
                self._close(self.line_of(match.start()))
            elif token == ";" and scope.parentheses == 0:
                self._end_statement(scope)
            elif token.isspace():
                scope.head += " " if scope.head else ""
            else:
                scope.parentheses += (token in "([") - (token in ")]")
                scope.head_line = scope.head_line if scope.head else self.line_of(match.start())
                scope.head += token
                if scope.kind == "type" and token == ":":
                    scope.head = re.sub(r"^(?:public|private|protected) ?:$", "", scope.head)

    def _end_statement(self, scope):
        if text := _strip_prefixes(scope.head).strip():
            kind = "function" if scope.kind in ("lambda", "block") else scope.kind
            self.statements.append(Statement(kind, text, scope.head_line))
        scope.head = ""
        scope.parentheses = 0

    def _open(self, line):
        outer = self._scopes[-1]
        head = _strip_prefixes(outer.head).strip()
        kind, function = self._classify(outer, head)
        if kind == "function":
            name, parameters, _ = function
            function = Function(name, outer.head_line, parameters=count_parameters(parameters))
            self._scopes.append(Scope(kind, function))
            return
        inner = Scope(kind, outer.function, outer.nesting)
        if kind == "type":
            inner.function, inner.nesting = None, 0
        elif kind in ("block", "lambda"):
            inner.nesting += 1
            if outer.function:
                outer.function.nesting = max(outer.function.nesting, inner.nesting)
        elif kind == "bare":
            inner.kind = "block"
        self._scopes.append(inner)

    def _classify(self, outer, head):
        if outer.kind == "value" or (outer.parentheses > 0 and not _is_lambda(head)):
            return ("lambda" if _is_lambda(head) else "value"), None
        if _is_lambda(head):
            return "lambda", None
        if outer.kind in ("file", "namespace", "type"):
            return self._classify_declaration(head)
        rest, was_control = _strip_controls(head)
        if was_control and not rest:
            return "block", None
        if not rest:
            return "bare", None
        if TYPE_HEAD.match(rest) and "=" not in rest and "(" not in rest:
            return "type", None
        return "value", None

    @staticmethod
    def _classify_declaration(head):
        if re.match(r'^(?:inline )?namespace\b|^extern ""', re.sub(r'" *"', '""', head)):
            return "namespace", None
        if TYPE_HEAD.match(head) and "=" not in head:
            return "type", None
        function = _parameter_group(head)
        if function is None:
            return "value", None
        after = function[2].strip()
        # In a constructor's list of initializers `member{` opens a value; `) {` and `} {` the body.
        if re.match(r":(?!:)", after) and not re.search(r"[)}]$", after):
            return "value", None
        return "function", function

    def _close(self, line):
        scope = self._scopes.pop()
        if not self._scopes:
            self._scopes = [Scope("file")]
            return
        outer = self._scopes[-1]
        if scope.kind in ("value", "lambda"):
            outer.head += "{}"
            return
        if scope.kind == "function":
            scope.function.end = line
            self.functions.append(scope.function)
        outer.head = ""
        outer.parentheses = 0
