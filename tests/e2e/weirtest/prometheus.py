# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus that scrapes a weir under test."""
import http.client
import json
import math
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.parse

from .process import end_with_parent
from .wait import until

CONFIG = """
global: {{scrape_interval: 500ms, scrape_timeout: 450ms, evaluation_interval: 500ms}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: weir
    static_configs: [{{targets: ["{target}"]}}]
"""
LISTENING = "0A"  # in /proc/net/tcp


class Prometheus:
    """Runs until stop(); its data are in a folder of its own."""

    def __init__(self, target, rules):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-prometheus-"))
        config = self.folder / "prometheus.yml"
        config.write_text(CONFIG.format(target=target, rules=rules))
        self.log = self.folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder / 'data'}",
                 "--web.listen-address=127.0.0.1:0", "--storage.tsdb.retention.time=1h", "--log.level=warn"],
                stdout=log, stderr=log, preexec_fn=end_with_parent)
        self.port = until(self._listening_port, lambda: f"a port; it said:\n{self.log.read_text()}", 30)
        until(self._ready, lambda: f"Prometheus; it said:\n{self.log.read_text()}", 30)

    def _listening_port(self):
        """The port that the kernel gave it."""
        assert self.process.poll() is None, self.log.read_text()
        proc = pathlib.Path(f"/proc/{self.process.pid}")
        own = {os.readlink(entry) for entry in (proc / "fd").iterdir() if entry.is_symlink()}
        for line in (proc / "net" / "tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and f"socket:[{fields[9]}]" in own:
                return int(fields[1].rpartition(":")[2], 16)
        return None

    def _ready(self):
        try:
            return self._get("/-/ready")[0] == 200
        except OSError:
            return False

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _api(self, path, **parameters):
        status, body = self._get(f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        answer = json.loads(body)
        assert status == 200 and answer["status"] == "success", f"{parameters}: {answer}"
        return answer["data"]

    def query(self, expression):
        """[(labels, value)] of now."""
        return [(row["metric"], float(row["value"][1])) for row in self._api("query", query=expression)["result"]]

    def has_data(self, expression):
        return any(not math.isnan(value) for _, value in self.query(expression))

    def alerts(self):
        """{alert's name: its expression}."""
        return {rule["name"]: rule["query"] for group in self._api("rules")["groups"] for rule in group["rules"]}

    def firing(self):
        return {labels["alertname"] for labels, _ in self.query('ALERTS{alertstate="firing"}')}

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
