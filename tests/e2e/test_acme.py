# SPDX-License-Identifier: Apache-2.0
"""Certificates that renew themselves: lego gets them from a pebble on loopback through weir, and its hook
(conf/acme/deploy-hook) has weir take them, while a client stays connected."""
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import urllib.request

import pytest
from weirtest.process import BINARY, end_with_parent
from weirtest.tls import Authority
from weirtest.wait import until

HOOK = pathlib.Path(__file__).resolve().parents[2] / "conf" / "acme" / "deploy-hook"
DOMAIN = "site.test"

pytestmark = pytest.mark.skipif(not all(map(shutil.which, ["pebble", "pebble-challtestsrv", "lego"])),
                                reason="needs pebble and lego")


class Pebble:
    """An ACME server for tests, with a name server that says 127.0.0.1 to everything."""

    def __init__(self, folder, http_port):
        self.folder = pathlib.Path(folder)
        self.ca = Authority(self.folder, "pebble-ca")
        cert, key = self.ca.issue("pebble", "localhost", "127.0.0.1")
        self.port, self.management, dns, dns_management = (self._port() for _ in range(4))
        config = self.folder / "pebble.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(cert), "privateKey": str(key), "httpPort": http_port, "tlsPort": 1,
            "ocspResponderURL": "", "externalAccountBindingRequired": False}}))
        self.log = (self.folder / "pebble.log").open("w")
        self.processes = [
            self._run("pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01", "", "-https01",
                      "", "-tlsalpn01", "", "-dns01", f"127.0.0.1:{dns}", "-management", f"127.0.0.1:{dns_management}"),
            self._run("pebble", "-config", config, "-dnsserver", f"127.0.0.1:{dns}")]
        self.directory = f"https://127.0.0.1:{self.port}/dir"
        until(self._serves, lambda: (self.folder / "pebble.log").read_text(), 60)

    @staticmethod
    def _port():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return free.getsockname()[1]

    def _run(self, *command):
        environment = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        return subprocess.Popen(list(map(str, command)), env=environment, stdout=self.log, stderr=self.log,
                                preexec_fn=end_with_parent)

    def fetch(self, url):
        context = ssl.create_default_context(cafile=str(self.ca.cert))
        with urllib.request.urlopen(url, context=context, timeout=10) as answer:
            return answer.read()

    def _serves(self):
        try:
            return self.fetch(self.directory)
        except OSError:
            return None

    def trust(self):
        """A context for clients that trust what it signs."""
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=self.fetch(f"https://127.0.0.1:{self.management}/roots/0").decode())
        return context

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.log.close()


@pytest.fixture
def site(weir, backend):
    """A weir that serves a placeholder by TLS and leaves challenges to whom self.challenges names."""
    folder = weir.prefix / "acme"
    pebble = Pebble(folder, int(weir.address("plain").rpartition(":")[2]))
    placeholder = Authority(weir.prefix / "tls")
    placeholder.issue(DOMAIN, DOMAIN)

    def start(challenges):
        weir.start(f"""
[server plain]
listen = {weir.address("plain")}
[location ^~ /.well-known/acme-challenge/]
{challenges}
[location /]
return = 308 https://$host$request_uri
[server main]
listen = {weir.address()} ssl
server_name = {DOMAIN}
ssl_certificate = tls/{DOMAIN}.pem
ssl_certificate_key = tls/{DOMAIN}.key
[location /]
return = 200 "served"
""")
        return pebble, placeholder
    yield start
    pebble.stop()


def environment(weir, pebble):
    return {**os.environ, "LEGO_CA_CERTIFICATES": str(pebble.ca.cert), "WEIR_TLS": str(weir.prefix / "tls"),
            "WEIR_RELOAD": f"{BINARY} -p {weir.prefix} -c {weir.config_path} -s reload"}


def serial(weir, trusting):
    with weir.connect(tls=trusting, server_name=DOMAIN) as connection:
        assert connection.get(host=DOMAIN).text == "served"
        return connection.socket.getpeercert()["serialNumber"]


def obtain_and_renew(weir, pebble, placeholder, obtain, renew):
    with weir.connect(tls=placeholder.client(), server_name=DOMAIN) as kept:
        assert kept.get(host=DOMAIN).status == 200
        serials = []
        for command in (obtain, renew):
            done = subprocess.run(list(map(str, command)), env=environment(weir, pebble), capture_output=True,
                                  text=True, timeout=120, cwd=weir.prefix)
            assert done.returncode == 0, done.stdout + done.stderr
            serials.append(serial(weir, pebble.trust()))
            assert kept.get(host=DOMAIN).status == 200
        assert serials[0] != serials[1]
    assert weir.log().count("reloading the configuration") == 2


def test_lego(weir, site):
    """With its own little server, that weir passes challenges to."""
    challenge = f"127.0.0.1:{Pebble._port()}"
    pebble, placeholder = site(f"proxy_pass = http://{challenge}\nproxy_set_header = Host $host")
    base = ["lego", "--server", pebble.directory, "--accept-tos", "--email", "a@site.test", "--domains", DOMAIN,
            "--path", weir.prefix / "lego", "--http", "--http.port", challenge]
    obtain_and_renew(weir, pebble, placeholder, [*base, "run", "--run-hook", HOOK],
                     [*base, "renew", "--days", "100000", "--no-random-sleep", "--renew-hook", HOOK])


def test_dehydrated(weir, site):
    """With challenges as files, that weir serves."""
    if shutil.which("dehydrated") is None:
        pytest.skip("no dehydrated here")
    wellknown = weir.prefix / "challenges"
    wellknown.mkdir()
    pebble, placeholder = site(f"alias = {wellknown}/")
    config = weir.prefix / "dehydrated.conf"
    config.write_text(f'CA="{pebble.directory}"\nWELLKNOWN="{wellknown}"\nHOOK="{HOOK}"\nBASEDIR="{weir.prefix}"\n'
                      f'CONTACT_EMAIL=a@site.test\nCURL_OPTS="--cacert {pebble.ca.cert}"\n')
    base = ["dehydrated", "--config", config]
    done = subprocess.run(list(map(str, [*base, "--register", "--accept-terms"])), env=environment(weir, pebble),
                          capture_output=True, text=True, timeout=120, cwd=weir.prefix)
    assert done.returncode == 0, done.stdout + done.stderr
    obtain_and_renew(weir, pebble, placeholder, [*base, "--cron", "--domain", DOMAIN],
                     [*base, "--cron", "--force", "--domain", DOMAIN])


def test_the_hook_as_dehydrated_calls_it(weir, tmp_path):
    """Also where dehydrated is not installed: its calls are documented, and others than deploy_cert do nothing."""
    source, target = tmp_path / "source", tmp_path / "tls"
    source.mkdir()
    target.mkdir()
    for name in ("privkey.pem", "cert.pem", "fullchain.pem", "chain.pem"):
        (source / name).write_text(name)
    said = tmp_path / "said"
    call = {**os.environ, "WEIR_TLS": str(target), "WEIR_RELOAD": f"touch {said}"}

    def hook(*arguments):
        return subprocess.run([str(HOOK), *map(str, arguments)], env=call, capture_output=True, timeout=60).returncode
    for other in (["startup_hook"], ["deploy_challenge", DOMAIN, "token", "value"], ["unchanged_cert", DOMAIN],
                  ["some_hook_of_tomorrow"]):
        assert hook(*other) == 0
    assert not list(target.iterdir()) and not said.exists()
    files = [source / name for name in ("privkey.pem", "cert.pem", "fullchain.pem", "chain.pem")]
    assert hook("deploy_cert", DOMAIN, *files, "1700000000") == 0
    assert {path.name: path.read_text() for path in target.iterdir()} == {
        f"{DOMAIN}.pem": "fullchain.pem", f"{DOMAIN}.key": "privkey.pem"}
    assert (target / f"{DOMAIN}.key").stat().st_mode & 0o077 == 0
    assert said.exists()
    call["WEIR_RELOAD"] = "false"
    assert hook("deploy_cert", DOMAIN, *files, "1700000000") == 1, "what weir says is what dehydrated hears"
