// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/pem.h"

#include <openssl/decoder.h>
#include <openssl/pem.h>

#include <algorithm>
#include <utility>

namespace weir::openssl {
namespace {

constexpr size_t kMostObjects = 100'000;  // of one file

void report(const FileText& file, const std::string& reason, Diagnostics& diagnostics) {
  diagnostics.error(file.origin, file.path + ": " + reason);
}

// Reads one kind of object until the file has no more; anything broken spoils it all.
template <class Ptr, class Read>
std::vector<Ptr> readAll(const FileText& file, Diagnostics& diagnostics, const char* kind, Read read) {
  std::vector<Ptr> all;
  BioPtr from = readerOf(*file.text);
  while (all.size() < kMostObjects) {
    Ptr next(read(from.get()));
    if (next == nullptr) break;
    all.push_back(std::move(next));
  }
  bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  std::string reason = takeError();
  if (!at_end) {
    report(file, reason, diagnostics);
    all.clear();
  } else if (all.empty()) {
    report(file, std::string("it holds no ") + kind, diagnostics);
  }
  return all;
}

int givePassword(char* to, int size, int, void* password) {
  const auto* text = static_cast<std::string_view*>(password);
  if (text->size() > static_cast<size_t>(size)) return -1;
  return static_cast<int>(text->copy(to, text->size()));
}

KeyPtr tryKey(const FileText& file, std::string_view password) {
  ERR_clear_error();
  return KeyPtr(PEM_read_bio_PrivateKey(readerOf(*file.text).get(), nullptr, givePassword, &password));
}

}  // namespace

std::vector<CertificatePtr> readCertificates(const FileText& file, Diagnostics& diagnostics) {
  return readAll<CertificatePtr>(file, diagnostics, "certificate",
                                 [](BIO* from) { return PEM_read_bio_X509_AUX(from, nullptr, nullptr, nullptr); });
}

std::vector<RevocationsPtr> readRevocations(const FileText& file, Diagnostics& diagnostics) {
  return readAll<RevocationsPtr>(file, diagnostics, "list of revocations",
                                 [](BIO* from) { return PEM_read_bio_X509_CRL(from, nullptr, nullptr, nullptr); });
}

KeyPtr readKey(const FileText& file, const FileText& passwords, Diagnostics& diagnostics) {
  KeyPtr key = tryKey(file, {});
  std::string_view rest = passwords ? std::string_view(*passwords.text) : std::string_view();
  while (key == nullptr && !rest.empty()) {
    size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) key = tryKey(file, line);
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  std::string reason = takeError();
  if (key == nullptr) report(file, "no private key can be read from it: " + reason, diagnostics);
  return key;
}

KeyPtr readParameters(const FileText& file, Diagnostics& diagnostics) {
  BioPtr from = readerOf(*file.text);
  KeyPtr parameters(PEM_read_bio_Parameters(from.get(), nullptr));
  std::string reason = takeError();
  if (parameters != nullptr && EVP_PKEY_is_a(parameters.get(), "DH")) return parameters;
  report(file, parameters == nullptr ? "no parameters can be read from it: " + reason : "it holds no DH parameters",
         diagnostics);
  return nullptr;
}

}  // namespace weir::openssl
