"""Reports one run of ctest: a line with counts for each test program, and what failing ones said.

Usage: ctest_report.py PRESET RESULTS_DIRECTORY, where RESULTS_DIRECTORY holds ctest's ctest.xml and
a NAME_test.json of GoogleTest for each program that wrote one.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree


def google_test_counts(path):
    """(passed, failed, skipped) of the tests in a GoogleTest report."""
    counts = [0, 0, 0]
    for suite in json.loads(path.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            if test.get("failures"):
                counts[1] += 1
            elif test["result"] == "SKIPPED" or test["status"] == "NOTRUN":
                counts[2] += 1
            else:
                counts[0] += 1
    return counts


def count(case, results):
    """(passed, failed, skipped) of one test of ctest: its own report's, or one for the program."""
    was_skipped = "SKIP_" in getattr(case.find("skipped"), "attrib", {}).get("message", "")
    has_failed = case.get("status") != "run" and not was_skipped
    own_report = results / f"{case.get('name')}_test.json"
    if own_report.exists():
        passed, failed, skipped = google_test_counts(own_report)
        return passed, max(failed, int(has_failed)), skipped  # a crash after the last test counts
    return int(not has_failed and not was_skipped), int(has_failed), int(was_skipped)


def main(preset, directory):
    results = pathlib.Path(directory)
    try:
        cases = xml.etree.ElementTree.parse(results / "ctest.xml").getroot().iter("testcase")
    except (OSError, xml.etree.ElementTree.ParseError):
        print((results / "log").read_text())
        print(f"not ok {preset}: ctest did not report")
        return
    for case in sorted(cases, key=lambda case: case.get("name")):
        passed, failed, skipped = count(case, results)
        if failed:
            print(case.findtext("system-out", ""))
        name = f"{preset}/{case.get('name')}"
        print(f"{name}: {passed} passed, {failed} failed, {skipped} skipped")


main(*sys.argv[1:])
