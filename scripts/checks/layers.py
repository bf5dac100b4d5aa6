# SPDX-License-Identifier: Apache-2.0
"""Who may include whom (docs/architecture.md, "Layers"), and which file is the door to which library."""
import re

SHARED = {"shared/base", "shared/config", "shared/stats", "shared/ipc"}
NET = SHARED | {"worker/event", "worker/net"}
LOWER = NET | {"worker/codec", "worker/text", "worker/tls", "worker/upstream"}

# folder -> folders it may include, besides itself
MAY_INCLUDE = {
    "shared/base": set(),
    "shared/config": {"shared/base"},
    "shared/stats": {"shared/base"},
    "shared/ipc": {"shared/base"},
    "worker/codec": {"shared/base"},
    "worker/event": SHARED,
    "worker/net": SHARED | {"worker/event", "worker/codec"},
    "worker/text": NET | {"worker/codec"},
    "worker/tls": NET,
    "worker/upstream": NET | {"worker/tls"},
    "worker/upstream/balance": NET | {"worker/upstream"},
    "worker/http": LOWER,
    "worker/stream": LOWER,
    "worker/forward": LOWER,
    "worker/tunnel": LOWER,
    "worker/http/files": LOWER | {"worker/http"},
    "worker/http/handlers": LOWER | {"worker/http", "worker/http/files", "worker/forward"},
    "worker/http/filters": LOWER | {"worker/http", "worker/http/files", "worker/forward"},
    "worker/monitor": LOWER | {"worker/http"},
    "worker/monitor/probes": LOWER | {"worker/http", "worker/monitor"},
    "worker/process": LOWER | {"worker/http", "worker/http/files", "worker/stream", "worker/forward", "worker/tunnel",
                               "worker/monitor"},
    "worker": SHARED,  # entry.h
    "master": SHARED,
}
# The one worker header that the master sees, and that worker/process implements.
ENTRY = "worker/entry.h"
MAY_INCLUDE_ENTRY = {"master", "worker/process"}

# a library's headers -> the files that may include them
DOORS = [
    (r"event2/|event\.h$|evutil", r"worker/event/"),
    (r"ini\.h$", r"shared/config/ini_source\.(h|cc)$"),
    (r"prometheus/", r"worker/monitor/exporter\w*\.(h|cc)$"),
    (r"openssl/", r"worker/tls/"),
    (r"zlib\.h$|isa-l", r"worker/codec/gzip_encoder\.(h|cc)$"),
    (r"nghttp2/", r"worker/codec/http2"),
    (r"pcre2\.h$", r"worker/text/regex\.(h|cc)$"),
    (r"ares", r"worker/net/resolver\w*\.(h|cc)$"),
    (r"rapidjson/", r"worker/monitor/|master/status_json\.cc$"),
    (r"fmt/", r"shared/base/log\.h$|.*\.cc$"),
    (r"(regex|iostream|coroutine)$", r"$^"),
]

# where -> what its code must not say, and why
BANNED = [
    # In a consteval function it is how a table refuses to compile.
    ("(?!worker/codec/header_lookup.h)", r"\bthrow\b", "no exceptions of ours"),
    # ref.h is the one place where counted objects end.
    ("(?!shared/base/ref.h)", r"\bdelete\s+\w", "unique_ptr owns"),
    ("", r"\b(TODO|FIXME)\b", "finish it"),
    ("worker/", r"\bstd::function\b", "a listener interface instead of std::function"),
    ("worker/", r"\bstd::(shared_ptr|make_shared)\b", "no shared_ptr on traffic"),
    ("worker/", r"\b(getaddrinfo|gethostbyname)\s*\(", "blocks"),
    ("", r"\b(co_await|co_yield|co_return)\b", "no coroutines"),
]


def folder_of(path):
    return str(path.parent)


def allowed_includes(tree):
    problems = []
    for path in tree.product:
        folder = folder_of(path)
        if folder not in MAY_INCLUDE:
            problems.append(f"{path}: the folder is in no layer of scripts/checks/layers.py")
            continue
        for name in tree.own_includes(path):
            if not (tree.root / name).exists():
                problems.append(f"{path}: includes {name}, which is not a file under the root")
            elif str(name) == ENTRY:
                if folder not in MAY_INCLUDE_ENTRY:
                    problems.append(f"{path}: must not include {ENTRY}")
            elif folder_of(name) != folder and folder_of(name) not in MAY_INCLUDE[folder]:
                problems.append(f"{path}: {folder} must not include {name}")
    return problems, f"{len(tree.product)} files"


def find_cycle(graph):
    """One cycle of a graph {node: set(nodes)} as a list, or None."""
    state = {}

    def visit(node, trail):
        state[node] = "open"
        for next_node in sorted(graph.get(node, ())):
            if state.get(next_node) == "open":
                return trail[trail.index(next_node):] + [next_node]
            if next_node not in state:
                found = visit(next_node, trail + [next_node])
                if found:
                    return found
        state[node] = "done"
        return None

    for start in sorted(graph):
        if start not in state:
            found = visit(start, [start])
            if found:
                return found
    return None


def no_cycles(tree):
    files, folders = {}, {}
    for path in tree.product:
        for name in tree.own_includes(path):
            files.setdefault(str(path), set()).add(str(name))
            if str(name) != ENTRY and folder_of(name) != folder_of(path):
                folders.setdefault(folder_of(path), set()).add(folder_of(name))
    problems = []
    for kind, graph in (("files", files), ("folders", folders)):
        cycle = find_cycle(graph)
        if cycle:
            problems.append(f"{kind}: " + " -> ".join(cycle))
    return problems, f"{len(folders)} folders"


def doors(tree):
    problems = []
    for path in tree.product:
        for header in tree.library_includes(path) + [str(n) for n in tree.own_includes(path)]:
            for pattern, door in DOORS:
                if re.match(pattern, header) and not re.match(door, str(path)):
                    problems.append(f"{path}: <{header}> is not for this file")
    return problems, f"{len(DOORS)} doors"


def banned_words(tree):
    problems = []
    for path in tree.product:
        code = tree.code(path)
        for where, pattern, why in BANNED:
            if not re.match(where, str(path)):
                continue
            for match in re.finditer(pattern, code):
                line = code.count("\n", 0, match.start()) + 1
                problems.append(f"{path}:{line}: {match.group(0)!r}: {why}")
    return problems, ""
