# SPDX-License-Identifier: Apache-2.0
"""The source tree as the checks see it: files by kind, each read once."""
import functools
import pathlib
import re

PRODUCT = ("master", "worker", "shared")
QUOTED = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
ANGLED = re.compile(r"^\s*#\s*include\s+<([^>]+)>", re.M)


class Tree:
    def __init__(self, root, build):
        self.root = root
        self.build = build

    def _under(self, folders, suffixes):
        found = []
        for folder in folders:
            found += [p for p in sorted((self.root / folder).rglob("*"))
                      if p.is_file() and p.suffix in suffixes and "__pycache__" not in p.parts]
        return [p.relative_to(self.root) for p in found]

    @functools.cached_property
    def product(self):
        return self._under(PRODUCT, {".h", ".cc"})

    @functools.cached_property
    def tests(self):
        return self._under(["tests"], {".h", ".cc", ".py"})

    @functools.cached_property
    def cpp(self):
        return self._under([*PRODUCT, "tests", "scripts"], {".h", ".cc"})

    @functools.cached_property
    def scripts(self):
        return self._under(["scripts", ".ci"], {".py", ".sh"}) + [pathlib.Path(".ci/run"), pathlib.Path("Makefile")]

    @functools.cache
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def lines(self, path):
        return self.text(path).count("\n")

    @functools.cache
    def code(self, path):
        """The text without comments and string contents, line numbers kept."""
        def blank(match):
            found = match.group(0)
            if found.startswith('"') or found.startswith("'"):
                return found[0] + found[-1]
            return "\n" * found.count("\n")
        token = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])\''
        return re.sub(token, blank, self.text(path), flags=re.S)

    def own_includes(self, path):
        return [pathlib.Path(name) for name in QUOTED.findall(self.text(path))]

    def library_includes(self, path):
        return ANGLED.findall(self.text(path))
