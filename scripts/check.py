#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make check: what a compiler cannot see. One line a check; the last line is "N passed, N failed".

Each check is a function in scripts/checks/ that takes a Tree and returns (problems, remark).
"""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
from checks import docs, layers, names, sizes, text  # noqa: E402
from checks.tree import Tree  # noqa: E402

CHECKS = [
    ("layers: who may include whom", layers.allowed_includes),
    ("layers: no include cycles", layers.no_cycles),
    ("layers: one door per library", layers.doors),
    ("layers: what traffic must not use", layers.banned_words),
    ("names: one definition each", names.one_definition),
    ("sizes: functions", sizes.functions),
    ("sizes: files", sizes.files),
    ("sizes: tests to code", sizes.test_ratio),
    ("tests: mirror the tree", sizes.mirrored),
    ("text: SPDX line", text.spdx),
    ("text: no loose ends", text.loose_ends),
    ("text: clang-format", text.formatted),
    ("docs: generated ones are in sync", docs.generated),
    ("docs: examples pass -t", docs.examples),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", type=pathlib.Path)
    parser.add_argument("only", nargs="*", help="run the checks whose title holds one of these")
    args = parser.parse_args()
    tree = Tree(pathlib.Path(__file__).resolve().parent.parent, args.build.resolve())
    chosen = [c for c in CHECKS if not args.only or any(word in c[0] for word in args.only)]
    failed = 0
    for title, check in chosen:
        problems, remark = check(tree)
        failed += bool(problems)
        print(f"{'FAILED' if problems else 'ok    '} {title}{': ' + remark if remark else ''}")
        for problem in problems[:40]:
            print(f"       {problem}")
        if len(problems) > 40:
            print(f"       ... and {len(problems) - 40} more")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
