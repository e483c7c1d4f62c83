"""The house check finds what it is for, and nothing in good files. Samples are C++ in small."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import rules
import scan

GOOD = '''\
// A good file: namespaces, classes, templates, lambdas, braces of all kinds.
// RFC 9293 MUST-10: simultaneous open
#include "base/seq.h"

namespace acksu::tcp {
namespace {

constexpr std::array<Row, 2> kRows = {{{1, "}"}, {2, "{"}}};
const auto kSquare = [](int x) { return x * x; };
inline constexpr std::function<int(int)> kNone{};

int twice(int x) { return 2 * x; }

}  // namespace

enum class Color : std::uint8_t { red, green };

template <typename T, typename U = std::pair<T, int>>
  requires(sizeof(T) > 1)
[[nodiscard]] constexpr auto join(const std::map<T, U>& m, std::array<int, 3> a) noexcept
    -> std::vector<T> {
  for (const auto& [key, value] : m) {
    if (const auto found = T{key}; found == key && 1'000 > 'x') {
      while (a[0] > 0) --a[0];
    } else if (value == U{}) {
      run([&](int i) { return i; }, {1, 2});
    }
  }
  switch (a[1]) {
    case Color::red: {
      return {1, 2};
    }
    default: return {};
  }
}

class Peer : public Base<int> {
 public:
  Peer(int a, int b) : Base{a}, b_{b}, list_{{1, 2}} { check(); }
  ~Peer() = default;
  bool operator==(const Peer&) const = default;
  Peer& operator+=(int n) { b_ += n; return *this; }
  int operator()(int n) const { return n; }
  static constexpr int kLimit = 3;
  static Peer make(int a);

 private:
  int b_ = 0;
  std::vector<int> list_{};
};

}  // namespace acksu::tcp
'''


def found(rule, text, path="src/tcp/sample.cpp"):
    return list(rule(rules.File(path, text)))


def in_function(body):
    return "// Sample.\nint f() {\n" + body + "\n}\n"


class Good(unittest.TestCase):
    def test_no_rule_complains(self):
        for rule in rules.RULES:
            self.assertEqual(found(rule, GOOD), [], rule.__name__)

    def test_functions(self):
        functions = {f.name: f for f in scan.Source(GOOD).functions}
        self.assertEqual(list(functions), ["twice", "join", "Peer", "operator_sign", "operator_call"])
        self.assertEqual([f.parameters for f in functions.values()], [1, 2, 2, 1, 1])
        self.assertEqual([f.nesting for f in functions.values()], [0, 3, 0, 0, 0])
        self.assertEqual(functions["join"].lines, 18)


class Arrows(unittest.TestCase):
    def includes(self, path, *headers):
        return found(rules.arrows, "".join(f'#include "{h}"\n' for h in headers), path)

    def test_left_is_allowed(self):
        self.assertEqual(self.includes("src/wire/a.h", "wire/b.h", "base/c.h"), [])
        self.assertEqual(self.includes("src/host/a.h", "wire/b.h", "tcp/c.h", "base/d.h"), [])
        self.assertEqual(self.includes("tools/a.cpp", "api/b.h", "trace/c.h", "tools/d.h"), [])
        self.assertEqual(self.includes("src/api/a.cpp", "acksu/b.h", "os/c.h", "sim/d.h"), [])

    def test_right_and_brothers_are_not(self):
        for path, header in (("src/base/a.h", "wire/b.h"), ("src/wire/a.h", "tcp/b.h"),
                             ("src/tcp/a.h", "wire/b.h"), ("src/host/a.cpp", "trace/b.h"),
                             ("src/os/a.h", "trace/b.h"), ("src/os/a.h", "sim/b.h"),
                             ("src/sim/a.h", "os/b.h"), ("src/api/a.h", "tools/b.h"),
                             ("include/acksu/a.h", "base/b.h"), ("src/tcp/a_test.cpp", "wire/b.h")):
            self.assertEqual(len(self.includes(path, header)), 1, (path, header))

    def test_the_line_is_named(self):
        self.assertEqual(found(rules.arrows, '// x\n#  include "host/a.h"\n', "src/tcp/a.h")[0][0], 2)

    def test_rooms_tests_see_the_simulator(self):
        self.assertEqual(self.includes("src/tcp/a_test.cpp", "sim/b.h", "tcp/c.h"), [])

    def test_names_without_a_room(self):
        self.assertEqual(len(self.includes("src/tcp/a.h", "seq.h", "../base/seq.h")), 2)

    def test_unknown_room(self):
        self.assertEqual(len(self.includes("src/attic/a.h")), 1)


class Sizes(unittest.TestCase):
    def sizes(self, text, path="src/tcp/sample.cpp"):
        return found(rules.sizes, text, path)

    def test_function(self):
        self.assertEqual(self.sizes(in_function("x();\n" * 57 + "x();")), [])
        too_long = self.sizes(in_function("x();\n" * 58 + "x();"))
        self.assertEqual(too_long, [(2, "f has 61 lines, at most 60")])

    def test_member_function(self):
        text = "struct A {\n  A(int a)\n      : a_{a} {\n" + "x();\n" * 58 + "}\n int a_; };\n"
        self.assertEqual(self.sizes(text), [(2, "A has 61 lines, at most 60")])

    def test_file_and_column(self):
        self.assertEqual(self.sizes("//\n" * 400), [])
        self.assertEqual(len(self.sizes("//\n" * 401)), 1)
        self.assertEqual(self.sizes("//" + "x" * 98 + "\n//" + "é" * 98), [])
        self.assertEqual(self.sizes("//" + "x" * 99), [(1, "line of 101 columns, at most 100")])

    def test_nesting(self):
        three = "for (;;) { if (a) { while (b) { x = Y{1}; } } }"
        self.assertEqual(self.sizes(in_function(three)), [])
        self.assertEqual(len(self.sizes(in_function("do { " + three + " } while (c);"))), 1)
        self.assertEqual(len(self.sizes(in_function("run([&] { " + three + " });"))), 1)
        self.assertEqual(len(self.sizes(in_function("if (a) return; else {" + three + "}"))), 1)

    def test_parameters(self):
        self.assertEqual(self.sizes("void f(A<1, 2> a, int b, int c, B d = {1, 2}) {}"), [])
        self.assertEqual(len(self.sizes("void f(int a, int b, int c, int d, int e) {}")), 1)

    def test_exceptions(self):
        long = in_function("x();\n" * 100)
        self.assertEqual(self.sizes(long, "src/tcp/sample_test.cpp"), [])
        self.assertEqual(self.sizes(long, "tests/random/walk.cpp"), [])
        self.assertEqual(self.sizes("// The rows.\n// house: table\n" + long), [])
        self.assertEqual(len(self.sizes(long, "tools/sample.cpp")), 1)


class Core(unittest.TestCase):
    FORBIDDEN = ("#include <iostream>", "#include <mutex>", "#include <random>",
                 "auto t = std::chrono::steady_clock::time_point{};", "auto t = Clock::now();",
                 "x = time(nullptr);", "x = rand();", "x = std::rand();", "getrandom(p, 4, 0);",
                 "std::unordered_map<int, int> m;", "throw 1;", "try { } catch (...) { }",
                 "if (dynamic_cast<A*>(b)) return;", "auto& t = typeid(x);")

    def test_forbidden(self):
        for code in self.FORBIDDEN:
            self.assertGreater(len(found(rules.core, code)), 0, code)
            self.assertEqual(found(rules.core, code, "src/os/loop.cpp"), [], code)
            self.assertEqual(found(rules.core, code, "src/tcp/sample_test.cpp"), [], code)

    def test_allowed(self):
        for code in ("// it may throw; rand(1)", 'log("try to catch");', "#include <chrono>",
                     "Instant time() const;", "operand(2);", "retry();",
                     "now(); host.now();", "catch_up();"):
            self.assertEqual(found(rules.core, code), [], code)

    def test_statics(self):
        for code in ("int counter;", "static int counter = 0;", "std::vector<int> all{};",
                     "thread_local Pool pool;", "namespace a { inline int* last = nullptr; }",
                     "struct A { static int count; };", "struct A { inline static int n = 0; };",
                     in_function("static int calls = 0;"), in_function("if (a) { static X x{1}; }"),
                     "auto f = [] { static int n = 0; return ++n; };"):
            self.assertGreater(len(found(rules.statics, code)), 0, code)

    def test_constants(self):
        for code in ("constexpr int kLimit = 3;", "static const Row kRow{1};", "int f(int a);",
                     "std::string to_string(State state);", "using A = int;", "extern int x;",
                     "struct A { static int make(); int x = 0; };", "enum { a, b };", "class A;",
                     in_function("static constexpr int kTable[] = {1, 2};"),
                     "bool operator==(const A& a, const B& b);", "static_assert(sizeof(A) == 4);"):
            self.assertEqual(found(rules.statics, code), [], code)


class Words(unittest.TestCase):
    def test_unfinished(self):
        for word in ("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"):
            self.assertEqual(len(found(rules.words, f"# {word}: later", "docs/a.md")), 1, word)
        self.assertEqual(found(rules.words, "todo mktemp aXXXXXX HACKS", "docs/a.md"), [])

    def test_paths(self):
        for path in ("/ho" "me/me/acksu", "/ro" "ot/x", "/wo" "rk/main"):
            self.assertEqual(len(found(rules.words, f"cd {path}", "docs/a.md")), 1, path)
        self.assertEqual(found(rules.words, "curl http://a/home/x; ls ~/home/x /tmp/x", "a.md"), [])

    def test_names(self):
        for name in ("TimerManager", "SendHelper", "ConnectionImpl", "StringUtils"):
            self.assertEqual(len(found(rules.words, f"class {name} {{}};")), 1, name)
        self.assertEqual(found(rules.words, "struct Implicit {}; class Utility {};"), [])

    def test_opening(self):
        self.assertEqual(found(rules.opening, "// What it is.\n"), [])
        self.assertEqual(len(found(rules.opening, "#pragma once\n// What it is.\n")), 1)

    def test_citations(self):
        for text in ("// RFC 9293 MUST-10: simultaneous open", "// RFC 5961", "x;  // RFC 9293 SHLD-7",
                     "// RFC 9293 MUST-10, MUST-11: both", "// obeys RFC 9293 MUST-10 here",
                     "// RFC 9293 MUST-10.", "// RFC 9293 MUST-10, SHLD-7, RFC 5961 3.2 (1)",
                     "// RFC 9293 MUST-65 (MSS), RFC 7323 2.2: these belong on a SYN only."):
            self.assertEqual(found(rules.citations, text), [], text)
        for text in ("// RFC9293 says", "// see rfc 793", "// RFC-793", "// RFC 9293 MUST10: x",
                     "// RFC 9293 MUST-10 simultaneous open", "// RFC 9293 MUST-10:open"):
            self.assertEqual(len(found(rules.citations, text)), 1, text)


@unittest.skipUnless(shutil.which("clang-format-19"), "clang-format-19 is not installed")
class Whole(unittest.TestCase):
    """The program itself on a small project."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.write(".clang-format", "BasedOnStyle: Google\n")
        self.write("src/base/a.h", "// A.\n#pragma once\n#include <cstdint>\nusing A = std::uint8_t;\n")
        self.write("src/base/b.h", '// B.\n#pragma once\n#include "base/a.h"\nusing B = A;\n')

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def check(self):
        command = [sys.executable, "-B", pathlib.Path(__file__).with_name("check.py"), "--root", self.root]
        return subprocess.run(command, capture_output=True, text=True)

    def expect_only(self, violation):
        result = self.check()
        self.assertEqual(result.returncode, 1, result)
        self.assertIn(violation, result.stdout)
        self.assertIn("house: 1 violations in", result.stdout)

    def test_good(self):
        result = self.check()
        self.assertEqual((result.returncode, result.stderr), (0, ""), result)
        self.assertIn("ok house/headers\n", result.stdout)
        self.assertIn("house: 0 violations in 3 files\n", result.stdout)

    def test_header_that_does_not_stand_alone(self):
        self.write("src/os/c.h", "// C.\n#pragma once\nusing C = B;\n")
        self.expect_only("src/os/c.h:3: headers: ")

    def test_memory_notices_changed_includes(self):
        self.check()
        self.write("src/base/a.h", "// A.\n#pragma once\nusing A2 = int;\n")
        result = self.check()
        self.assertIn("src/base/b.h:4: headers: ", result.stdout)

    def test_core_without_exceptions_only(self):
        self.write("src/base/c.cpp", "// C.\n#ifdef __cpp_exceptions\n#error no\n#endif\n")
        self.expect_only("src/base/c.cpp:3: rooms: ")

    def test_format(self):
        self.write("src/base/c.cpp", "// C.\nint   f();\n")
        self.expect_only("src/base/c.cpp:2: format: ")


if __name__ == "__main__":
    unittest.main()
