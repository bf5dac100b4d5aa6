# SPDX-License-Identifier: Apache-2.0
"""A page of metrics as numbers."""
import re

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:\\.|[^"\\])*)"')


class Metrics:
    def __init__(self, text):
        self.text = text
        self.samples, self.types, self.helps = [], {}, {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ", 3)
                self.types[name] = kind
            elif line.startswith("# HELP "):
                _, _, name, *rest = line.split(" ", 3)
                self.helps[name] = rest[0] if rest else ""
            elif line and not line.startswith("#"):
                name, labels, value = SAMPLE.match(line).groups()
                self.samples.append((name, dict(LABEL.findall(labels or "")), float(value)))

    def find(self, name, /, **labels):
        """The samples of that name that have these labels (and maybe others)."""
        return [(found, value) for sample, found, value in self.samples
                if sample == name and all(found.get(key) == str(wanted) for key, wanted in labels.items())]

    def sum(self, name, /, **labels):
        return sum(value for _, value in self.find(name, **labels))
