# SPDX-License-Identifier: Apache-2.0
"""Certificates that a test makes with openssl, and contexts of python's own TLS that trust them."""
import pathlib
import ssl
import subprocess


def openssl(*arguments, stdin=None):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, input=stdin, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Authority:
    """Signs certificates; its own is .cert. Files lie in a folder of the weir under test."""

    def __init__(self, folder, name="test-ca"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.name, self.serial = name, 0
        self.key, self.cert = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.cert,
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, label, *names, days=90, rsa=False, usage="serverAuth"):
        """A key and a certificate signed by this authority, as LABEL.key and LABEL.pem; gives their paths."""
        key, request, cert = (self.folder / f"{label}.{kind}" for kind in ("key", "csr", "pem"))
        kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        names = names or ("localhost",)
        openssl("req", "-new", "-newkey", *kind, "-nodes", "-subj", f"/CN={names[0]}", "-keyout", key, "-out", request)
        alternatives = ",".join(("IP:" if name.replace(".", "").isdigit() else "DNS:") + name for name in names)
        extensions = self.folder / f"{label}.ext"
        extensions.write_text(f"subjectAltName={alternatives}\nextendedKeyUsage={usage}\n")
        self.serial += 1
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-set_serial",
                1000 + self.serial, "-days", days, "-extfile", extensions, "-out", cert)
        return cert, key

    def client(self, cert=None, version=None, verify=True):
        """A context for clients that trust this authority, with a certificate (path, key) of their own or none."""
        context = ssl.create_default_context(cafile=str(self.cert))
        if not verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if version:
            context.minimum_version = context.maximum_version = version
        if cert:
            context.load_cert_chain(*map(str, cert))
        return context

    def server(self, cert, asks=False, version=None):
        """A context for backends, that asks for certificates of this authority or not."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, cert))
        if version:
            context.minimum_version = context.maximum_version = version
        if asks:
            context.load_verify_locations(str(self.cert))
            context.verify_mode = ssl.CERT_REQUIRED
        return context
