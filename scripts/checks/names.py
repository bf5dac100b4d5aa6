# SPDX-License-Identifier: Apache-2.0
"""Names that the linker would confuse."""
import collections
import re

OPENED = re.compile(r"(?:inline )?namespace ?([\w:]*) \{")
TYPE = re.compile(r"(?:class|struct|union) (?:\[\[\w+\]\] )?(\w+)(?: final)?(?: :.*| \{.*)?$")


def one_definition(tree):
    """Types of one name, of which the linker keeps the members of either: in one program, tests and all."""
    places = collections.defaultdict(set)
    for path in tree.cpp:
        scopes = []
        for line in tree.text(path).splitlines():
            if opened := OPENED.match(line):
                scopes.append(opened[1] or f"unnamed in {path}")
            elif line.startswith("}  // namespace"):
                scopes.pop()
            elif name := TYPE.match(line):
                places["::".join([*scopes, name[1]])].add(str(path))
    problems = [f"{name} is defined in {', '.join(sorted(paths))}" for name, paths in sorted(places.items())
                if len(paths) > 1]
    return problems, f"{len(places)} types"
