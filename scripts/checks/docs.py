# SPDX-License-Identifier: Apache-2.0
"""Generated pages say what the tables say; the examples are configurations that start."""
import pathlib
import shutil
import subprocess
import tempfile

GENERATED = ("configuration", "metrics")


def generated(tree):
    problems = []
    for page in GENERATED:
        run = subprocess.run([tree.build / "release" / "reference", page], capture_output=True, text=True)
        path = tree.root / "docs" / f"{page}.md"
        if run.returncode != 0 or not run.stdout:
            problems.append(f"docs/{page}.md cannot be generated: {run.stderr.strip()}")
        elif not path.exists() or path.read_text() != run.stdout:
            problems.append(f"docs/{page}.md is not what the table gives: run make docs")
    return problems, ", ".join(f"docs/{page}.md" for page in GENERATED)


def make_certificates(prefix):
    """What the examples name: an installation has its own."""
    folder = prefix / "tls"
    folder.mkdir()
    for name in ("example.com", "internal-ca"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
                       check=True, capture_output=True)


def examples(tree):
    """Each under a prefix that looks like an installation: conf/, certificates and an empty logs/."""
    problems = []
    found = sorted((tree.root / "conf").glob("*.ini"))
    with tempfile.TemporaryDirectory() as folder:
        prefix = pathlib.Path(folder)
        shutil.copytree(tree.root / "conf", prefix / "conf")
        (prefix / "logs").mkdir()
        make_certificates(prefix)
        for path in found:
            command = [tree.build / "weir", "-t", "-p", prefix, "-c", prefix / "conf" / path.name]
            run = subprocess.run(command, capture_output=True, text=True, timeout=30)
            if run.returncode != 0:
                problems += [f"conf/{path.name}:", *run.stderr.strip().splitlines()]
    if not found:
        problems.append("there is no example in conf/")
    return problems, f"{len(found)} examples"
