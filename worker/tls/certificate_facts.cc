// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/certificate_facts.h"

#include <openssl/pem.h>
#include <time.h>

#include <array>
#include <memory>

#include "worker/tls/openssl.h"

namespace weir::openssl {
namespace {

std::string textOf(BIO* memory) {
  char* bytes = nullptr;
  long size = BIO_get_mem_data(memory, &bytes);
  return size > 0 ? std::string(bytes, static_cast<size_t>(size)) : std::string();
}

BioPtr memory() { return BioPtr(BIO_new(BIO_s_mem())); }

std::string hexOf(const unsigned char* bytes, size_t size, const char* digits) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text.append({digits[bytes[i] >> 4], digits[bytes[i] & 15]});
  return text;
}

}  // namespace

WallTime notAfter(X509* certificate) {
  tm when{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1) return {};
  return WallTime(std::chrono::seconds(::timegm(&when)));
}

std::string expiryWarning(X509* certificate, WallTime now) {
  time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::string whose = "the certificate of " + nameText(X509_get_subject_name(certificate));
  if (X509_cmp_time(X509_get0_notBefore(certificate), &seconds) > 0)
    return whose + " is not valid before " + timeText(X509_get0_notBefore(certificate));
  auto left = notAfter(certificate) - now;
  if (left > kExpiryNotice) return {};
  std::string when = timeText(X509_get0_notAfter(certificate));
  if (left <= left.zero()) return whose + " has expired, on " + when;
  auto days = std::chrono::duration_cast<std::chrono::hours>(left).count() / 24;
  return whose + " expires within " + std::to_string(days + 1) + " days, on " + when;
}

std::string serialOf(X509* certificate) {
  BioPtr to = memory();
  i2a_ASN1_INTEGER(to.get(), X509_get0_serialNumber(certificate));
  return textOf(to.get());
}

std::string fingerprintOf(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha1(), digest.data(), &size) != 1) return {};
  return hexOf(digest.data(), size, "0123456789abcdef");
}

std::string nameText(const X509_NAME* name) {
  BioPtr to = memory();
  X509_NAME_print_ex(to.get(), name, 0, XN_FLAG_RFC2253);
  return textOf(to.get());
}

std::string timeText(const ASN1_TIME* time) {
  BioPtr to = memory();
  ASN1_TIME_print(to.get(), time);
  return textOf(to.get());
}

std::string pemOf(X509* certificate) {
  BioPtr to = memory();
  PEM_write_bio_X509(to.get(), certificate);
  return textOf(to.get());
}

}  // namespace weir::openssl
