# SPDX-License-Identifier: Apache-2.0
"""Small functions, small files, enough tests."""
import json
import pathlib
import re
import subprocess

MAX_FUNCTION, MEDIAN_FUNCTION, P90_FUNCTION = 60, 7, 25
MAX_FILE, MEDIAN_FILE = 500, 110
TEST_RATIO = 0.7


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0


def measure_functions(tree, paths):
    """[(lines, path, name)] by universal-ctags."""
    command = ["ctags", "--output-format=json", "--fields=+ne", "--languages=C++", "--langmap=C++:+.h",
               "--kinds-C++=f", "-f", "-", *map(str, paths)]
    output = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=True).stdout
    found = []
    for line in output.splitlines():
        tag = json.loads(line)
        if "end" in tag:
            found.append((tag["end"] - tag["line"] + 1, tag["path"], tag["name"]))
    return found


def functions(tree):
    found = measure_functions(tree, tree.cpp)
    own = [lines for lines, path, _ in found if not path.startswith(("tests/", "scripts/"))]
    problems = [f"{path}: {name} has {lines} lines" for lines, path, name in sorted(found, reverse=True)
                if lines > MAX_FUNCTION]
    median, p90 = percentile(own, 0.5), percentile(own, 0.9)
    if median > MEDIAN_FUNCTION:
        problems.append(f"the median is {median} lines, over {MEDIAN_FUNCTION}")
    if p90 > P90_FUNCTION:
        problems.append(f"the 90th percentile is {p90} lines, over {P90_FUNCTION}")
    return problems, f"{len(own)}, median {median}, p90 {p90}, longest {max(own, default=0)}"


def files(tree):
    problems = [f"{path}: {tree.lines(path)} lines" for path in tree.cpp + tree.tests + tree.scripts
                if tree.lines(path) > MAX_FILE]
    sizes = [tree.lines(path) for path in tree.product]
    median = percentile(sizes, 0.5)
    if median > MEDIAN_FILE:
        problems.append(f"the median is {median} lines, over {MEDIAN_FILE}")
    comments = sum(len(re.findall(r"^(?:.*\s)?//\s", tree.text(path), re.M)) for path in tree.product)
    share = 100 * comments / max(1, sum(sizes))
    return sorted(set(problems)), (f"{len(sizes)}, {sum(sizes)} lines, median {median}, longest {max(sizes, default=0)}, "
                                   f"{share:.0f} % comments")


def test_ratio(tree):
    code = sum(tree.lines(path) for path in tree.product)
    tests = sum(tree.lines(path) for path in tree.tests)
    ratio = tests / max(1, code)
    problems = [f"{ratio:.2f} is below {TEST_RATIO}"] if ratio < TEST_RATIO else []
    return problems, f"{tests} / {code} lines = {ratio:.2f}"


def mirrored(tree):
    """tests/unit/A/b_test.cc tests A/b.h or A/b.cc; a longer name may say which side of it: A/b_limits_test.cc."""
    stems = {}
    for path in tree.product:
        stems.setdefault(path.parent, set()).add(path.stem)
    unit = [p for p in tree.tests if p.parts[1] == "unit" and p.name.endswith("_test.cc")]
    problems = []
    for path in unit:
        folder = pathlib.Path(*path.parts[2:-1])
        stem = path.name[:-len("_test.cc")]
        if not any(stem == known or stem.startswith(known + "_") for known in stems.get(folder, ())):
            problems.append(f"{path}: there is no {folder}/{stem}.h or .cc")
    return problems, f"{len(unit)} test files"
