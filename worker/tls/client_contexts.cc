// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/client_contexts.h"

#include <array>

#include "worker/tls/openssl.h"

namespace weir {
namespace {

void add(std::string& text, std::string_view part) {
  text.append(std::to_string(part.size())).append(":").append(part);
}

std::string digestOf(const std::string& text) {
  std::array<unsigned char, 32> digest;
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return {digest.begin(), digest.end()};
}

}  // namespace

std::string TlsClientContexts::identityOf(const ProxyTlsSettings& settings) {
  std::string text;
  for (bool choice : {settings.protocols.tls12, settings.protocols.tls13, settings.server_name, settings.session_reuse,
                      settings.verify})
    text += choice ? '1' : '0';
  text += std::to_string(settings.verify_depth);
  add(text, settings.ciphers);
  for (const NamedValue& command : settings.conf_command) add(text, command.name), add(text, command.value);
  for (const FileText* file :
       {&settings.certificate, &settings.certificate_key, &settings.trusted_certificate, &settings.crl})
    add(text, *file ? std::string_view(*file->text) : std::string_view());
  return digestOf(text);
}

Ref<TlsClientContext> TlsClientContexts::obtain(const ProxyTlsSettings& settings, Origin origin,
                                                Diagnostics& diagnostics) {
  std::string identity = identityOf(settings);
  if (auto known = contexts_.find(identity); known != contexts_.end()) return Ref<TlsClientContext>(known->second);
  size_t errors = diagnostics.errorCount();
  auto made = makeRef<TlsClientContext>(settings, identity, origin, diagnostics);
  if (diagnostics.errorCount() > errors) return made;
  made->directory_ = this;
  contexts_.emplace(identity, made.get());
  return made;
}

}  // namespace weir
