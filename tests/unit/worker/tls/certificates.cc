// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/worker/tls/certificates.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "worker/tls/certificate_facts.h"
#include "worker/tls/openssl.h"

namespace weir {
namespace {

using namespace openssl;

std::string pemOfKey(EVP_PKEY* key) {
  BioPtr to(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(to.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  long size = BIO_get_mem_data(to.get(), &bytes);
  return {bytes, static_cast<size_t>(size)};
}

void addExtension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void setName(X509* certificate, std::string_view names) {
  std::string_view first = names.substr(names.find(':') + 1);
  std::string text(first.substr(0, first.find(',')));
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
}

}  // namespace

FileText fileOf(std::string text, std::string path) {
  return {std::move(path), std::make_shared<const std::string>(std::move(text)), {}};
}

TestCertificate selfSigned(std::string_view names, int days, TestKey kind) {
  KeyPtr key(kind == TestKey::Ecdsa ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
  CertificatePtr certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 0x1234);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400L * days - 3600);
  X509_set_pubkey(certificate.get(), key.get());
  setName(certificate.get(), names);
  addExtension(certificate.get(), NID_subject_alt_name, std::string(names));
  addExtension(certificate.get(), NID_basic_constraints, "CA:TRUE");
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  return {fileOf(pemOf(certificate.get()), "/cert.pem"), fileOf(pemOfKey(key.get()), "/key.pem")};
}

}  // namespace weir
