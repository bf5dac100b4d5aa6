# SPDX-License-Identifier: Apache-2.0
"""Licences, format and loose ends."""
import re
import subprocess

SPDX = "SPDX-License-Identifier: Apache-2.0"


def spdx(tree):
    paths = tree.cpp + [p for p in tree.tests if p.suffix == ".py"] + tree.scripts
    problems = [f"{path}: no SPDX line at the top" for path in paths
                if not any(SPDX in line for line in tree.text(path).splitlines()[:2])]
    return problems, f"{len(paths)} files"


def loose_ends(tree):
    problems = []
    for path in tree.cpp + tree.scripts + [p for p in tree.tests if p.suffix == ".py"]:
        if str(path).startswith("scripts/checks/"):
            continue
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                problems.append(f"{path}:{number}: {line.strip()}")
            if len(line) > 120:
                problems.append(f"{path}:{number}: {len(line)} columns")
            if line != line.rstrip() or ("\t" in line and path.name != "Makefile"):
                problems.append(f"{path}:{number}: a tab or a blank at its end")
    return problems, ""


def formatted(tree):
    command = ["clang-format-14", "--dry-run", "--Werror", *map(str, tree.cpp)]
    run = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
    names = sorted(set(re.findall(r"^([\w./-]+):\d+:\d+: error:", run.stderr, re.M)))
    problems = [f"{name}: run make fmt" for name in names]
    if run.returncode != 0 and not problems:
        problems = [run.stderr.strip()]
    return problems, f"{len(tree.cpp)} files"
