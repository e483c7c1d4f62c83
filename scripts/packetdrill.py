#!/usr/bin/env python3
"""Runs packetdrill's scripts against acksu, each in a network namespace of its own and over IPv4, IPv4 mapped into
IPv6 and IPv6, and counts. packetdrill itself is somebody else's program: it is named, or found in PATH."""

import argparse
import collections
import concurrent.futures
import dataclasses
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
EXPLAINED = ROOT / "tests" / "plugin" / "explained.txt"
PAGE = ROOT / "docs" / "conformance.md"
BEGIN, END = "<!-- packetdrill: begin -->", "<!-- packetdrill: end -->"
SECONDS = 20

V4 = ("--local_ip=192.168.0.1 --gateway_ip=192.168.0.1 --netmask_ip=255.255.0.0 --remote_ip=192.0.2.1 "
      "-D TFO_COOKIE=3021b9d889017eeb -D CODE=host_unreachable")
OF_V4, OF_V6 = ("-D CMSG_LEVEL_IP=SOL_IP -D CMSG_TYPE_RECVERR=IP_RECVERR",
                "-D CMSG_LEVEL_IP=SOL_IPV6 -D CMSG_TYPE_RECVERR=IPV6_RECVERR")
# What packetdrill is told, and what acksu is: the two know nothing of each other's.
VARIANTS = {
    "v4": (f"--ip_version=ipv4 {V4} {OF_V4}", "local=192.168.0.1/16,mtu=1500"),
    "mapped": (f"--ip_version=ipv4-mapped-ipv6 {V4} {OF_V6}", "local=192.168.0.1/16,mtu=1500"),
    "v6": ("--ip_version=ipv6 --mtu=1520 --local_ip=fd3d:0a0b:17d6::1 --gateway_ip=fd3d:0a0b:17d6:8888::1 "
           f"--remote_ip=fd3d:fa7b:d17d::1 -D TFO_COOKIE=c1d1e9742a47a9bc {OF_V6}",
           "local=fd3d:a0b:17d6::1/64,mtu=1520"),
}


@dataclasses.dataclass(frozen=True)
class Run:
    script: pathlib.Path
    name: str  # within its suite
    variant: str


@dataclasses.dataclass
class Result:
    run: Run
    passed: bool
    why: str = ""


def found(what, given, variable, names):
    """The path of a program or library that was given, is named by the environment, or can be found."""
    for path in (given, os.environ.get(variable)):
        if path:
            if not pathlib.Path(path).exists():
                sys.exit(f"packetdrill: there is no {what} {path}")
            return str(pathlib.Path(path).resolve())
    for name in names:
        path = shutil.which(name) or (name if pathlib.Path(name).exists() else None)
        if path:
            return str(pathlib.Path(path).resolve())
    sys.exit(f"packetdrill: no {what}: name it by {variable}")


def runs_of(folder, wanted, variants):
    for script in sorted(folder.rglob("*.pkt")):
        name = str(script.relative_to(folder))
        if wanted and not any(fnmatch.fnmatch(name, f"*{each}*") for each in wanted):
            continue
        only_v4 = re.search(r"--local_ip=\d+\.", script.read_text()) is not None
        for variant in variants:
            if variant == "v6" and only_v4:
                continue
            if not name.endswith("v6.pkt" if variant != "v6" else "v4.pkt"):
                yield Run(script, name, variant)


def why_of(output, code):
    """The line of packetdrill's that says what was wrong; how it ended, when it says nothing."""
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("sysctl: ")]
    for line in lines:
        if re.search(r"[eE]rror|assert|broken promise", line):
            return re.sub(r"^\S*/", "", line)[:200]
    return lines[-1][:200] if lines else f"ended with {code}"


def told_for(run):
    """What packetdrill is told; a script that brings addresses of its own is left to them."""
    told = VARIANTS[run.variant][0].split()
    if "--local_ip=" not in run.script.read_text():
        return told
    return [word for word in told if not re.match(r"--(local|remote|gateway)_ip=|--netmask_ip=", word)]


def run_one(run, options):
    told, flags = told_for(run), VARIANTS[run.variant][1]
    command = [options.packetdrill, "--send_omit_free", *told, f"--so_filename={options.plugin}",
               f"--so_flags={flags}{',' + options.flags if options.flags else ''}", run.script.name]
    shell = 'ip link set lo up; ip tuntap add tun0 mode tun; exec "$@"'
    kernel = [options.packetdrill, "--send_omit_free", *told, run.script.name]
    wrapped = ["unshare", "-n", "sh", "-c", 'export LD_PRELOAD="$ACKSU_PRELOAD"; ' + shell, "sh", *command]
    environment = dict(os.environ, ACKSU_PRELOAD=options.preload)
    if options.kernel:
        wrapped = ["unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "sh", *kernel]
    process = subprocess.Popen(wrapped, cwd=run.script.parent, env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        output = process.communicate(timeout=SECONDS)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output = process.communicate()[0].decode(errors="replace")
        return Result(run, False, f"no end within {SECONDS} s"), output
    if process.returncode == 0:
        return Result(run, True), output
    return Result(run, False, why_of(output, process.returncode)), output


def explanations():
    """[(pattern of scripts, variants, reason)] of tests/plugin/explained.txt."""
    rows = []
    for line in EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []:
        if line.strip() and not line.startswith("#"):
            pattern, variants, reason = (part.strip() for part in line.split("|", 2))
            rows.append((pattern, variants.split(), reason))
    return rows


def reason_for(run, rows):
    for pattern, variants, reason in rows:
        if fnmatch.fnmatch(run.name, pattern) and (variants == ["all"] or run.variant in variants):
            return reason
    return None


def folder_of(run):
    return str(pathlib.Path(run.name).parent)


def table(results, rows):
    by_folder = collections.defaultdict(list)
    for result in results:
        by_folder[folder_of(result.run)].append(result)
    lines = ["| directory | scripts | v4 | mapped | v6 |", "|---|---|---|---|---|"]
    sums = collections.Counter()

    def cells(those):
        for variant in VARIANTS:
            of_variant = [each for each in those if each.run.variant == variant]
            yield f"{sum(each.passed for each in of_variant)}/{len(of_variant)}"

    for folder, those in sorted(by_folder.items()):
        scripts = len({each.run.name for each in those})
        sums["scripts"] += scripts
        lines.append(f"| {folder} | {scripts} | {' | '.join(cells(those))} |")
    lines.append(f"| **all** | {sums['scripts']} | {' | '.join(cells(results))} |")
    failed = collections.defaultdict(list)
    for result in results:
        if not result.passed:
            failed[result.run.name, reason_for(result.run, rows)].append(result.run.variant)
    lines += ["", "| what does not pass | in | why |", "|---|---|---|"] if failed else []
    for (name, reason), variants in sorted(failed.items(), key=str):
        lines.append(f"| {name} | {' '.join(variants)} | {reason or '**not explained**'} |")
    return "\n".join(lines)


def write_page(text):
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", type=pathlib.Path, help="a directory with .pkt files, also in directories of it")
    parser.add_argument("only", nargs="*", help="parts of names of scripts; all without")
    parser.add_argument("--packetdrill", help="packetdrill's program")
    parser.add_argument("--plugin", help="libacksu_packetdrill.so")
    parser.add_argument("--variants", default="v4,mapped,v6")
    parser.add_argument("--flags", default="", help="more that acksu is told")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kernel", action="store_true", help="this kernel instead of acksu, to compare")
    parser.add_argument("--write", action="store_true", help="puts the table into docs/conformance.md")
    parser.add_argument("--verbose", action="store_true", help="all that a failed script says")
    options = parser.parse_args(arguments)
    if not options.scripts.is_dir():
        parser.error(f"there is no directory {options.scripts}")
    options.variants = options.variants.split(",")
    for variant in options.variants:
        if variant not in VARIANTS:
            parser.error(f"{variant} is none of {', '.join(VARIANTS)}")
    options.packetdrill = found("packetdrill", options.packetdrill, "ACKSU_PACKETDRILL", ["packetdrill"])
    options.plugin = found("plug-in", options.plugin, "ACKSU_PACKETDRILL_PLUGIN",
                           [str(ROOT / "build" / "libacksu_packetdrill.so")])
    preload = pathlib.Path(options.plugin).with_name("libacksu_packetdrill_preload.so")
    options.preload = str(preload) if preload.exists() else ""
    return options


def main():
    options = options_of(sys.argv[1:])
    rows = explanations()
    results = []
    runs = list(runs_of(options.scripts.resolve(), options.only, options.variants))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for result, output in pool.map(lambda run: run_one(run, options), runs):
            results.append(result)
            explained = "" if result.passed else f": {reason_for(result.run, rows) or result.why}"
            print(f"{'ok' if result.passed else 'not ok'} {result.run.name} {result.run.variant}{explained}",
                  flush=True)
            if options.verbose and not result.passed:
                print(output)
    if options.write:
        write_page(table(results, rows))
    passed = sum(result.passed for result in results)
    unexplained = sum(not each.passed and reason_for(each.run, rows) is None for each in results)
    print(f"packetdrill: {passed} of {len(results)} passed, {unexplained} failures not explained")
    sys.exit(1 if unexplained or not results else 0)


if __name__ == "__main__":
    main()
