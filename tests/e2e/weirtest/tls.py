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

    def __init__(self, folder, name="test-ca", parent=None):
        """parent: the authority that signs this one's certificate; without, it signs itself."""
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.name, self.serial, self.parent = name, 0, parent
        self.key, self.cert = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        self.index = self.folder / f"{name}.index"
        self.index.write_text("")
        if parent:
            self.cert, self.key = parent.issue(name, name, extensions="basicConstraints=critical,CA:TRUE\n"
                                               "keyUsage=critical,keyCertSign,cRLSign,digitalSignature\n")
            return
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.cert,
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, label, *names, days=90, rsa=False, usage="serverAuth", extensions=""):
        """A key and a certificate signed by this authority, as LABEL.key and LABEL.pem; gives their paths. Of an
        authority that is signed itself the file holds that one's certificate too."""
        key, request, cert = (self.folder / f"{label}.{kind}" for kind in ("key", "csr", "pem"))
        kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        names = names or ("localhost",)
        openssl("req", "-new", "-newkey", *kind, "-nodes", "-subj", f"/CN={names[0]}", "-keyout", key, "-out", request)
        alternatives = ",".join(("IP:" if name.replace(".", "").isdigit() else "DNS:") + name for name in names)
        wanted = self.folder / f"{label}.ext"
        wanted.write_text(extensions or f"subjectAltName={alternatives}\nextendedKeyUsage={usage}\n")
        self.serial += 1
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-set_serial",
                1000 + self.serial, "-days", days, "-extfile", wanted, "-out", cert)
        self.note(cert, "V")
        if self.parent:
            cert.write_bytes(cert.read_bytes() + self.cert.read_bytes())
        return cert, key

    def note(self, cert, state):
        """In the index that revocations and OCSP responses are made of. state: V for valid, R for revoked."""
        facts = openssl("x509", "-in", cert, "-noout", "-serial", "-subject").decode().splitlines()
        serial = facts[0].partition("=")[2]
        kept = [line for line in self.index.read_text().splitlines() if f"\t{serial}\t" not in line]
        revoked = "260101000000Z" if state == "R" else ""
        kept.append(f"{state}\t401231235959Z\t{revoked}\t{serial}\tunknown\t/CN={pathlib.Path(cert).stem}")
        self.index.write_text("\n".join(kept) + "\n")

    def revocations(self, *revoked):
        """The path of a fresh list of what this authority has revoked, these certificates among it."""
        for cert in revoked:
            self.note(cert, "R")
        config, crl = self.folder / f"{self.name}.cnf", self.folder / f"{self.name}.crl"
        config.write_text(f"[ca]\ndefault_ca = own\n[own]\ndatabase = {self.index}\ndefault_md = sha256\n"
                          "default_crl_days = 30\n")
        openssl("ca", "-gencrl", "-config", config, "-keyfile", self.key, "-cert", self.cert, "-out", crl)
        return crl

    def ocsp(self, cert, path, minutes=60):
        """Writes the OCSP response (DER) of this authority for a certificate that it has issued."""
        request = self.folder / "ocsp.request"
        openssl("ocsp", "-issuer", self.cert, "-cert", cert, "-no_nonce", "-reqout", request)
        openssl("ocsp", "-index", self.index, "-CA", self.cert, "-rsigner", self.cert, "-rkey", self.key, "-reqin",
                request, "-nmin", minutes, "-respout", path)
        return path

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
