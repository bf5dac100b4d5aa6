// SPDX-License-Identifier: Apache-2.0
#pragma once
// Owners of OpenSSL's objects, and its errors as text. For worker/tls only: everybody else knows its classes.

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace weir::openssl {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using ContextPtr = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;
using CertificatePtr = std::unique_ptr<X509, Freer<X509_free>>;
using RevocationsPtr = std::unique_ptr<X509_CRL, Freer<X509_CRL_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free>>;
using ConfPtr = std::unique_ptr<SSL_CONF_CTX, Freer<SSL_CONF_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, Freer<SSL_SESSION_free>>;

// Reads from the text, which must outlive it.
inline BioPtr readerOf(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The latest reason in this thread's queue, which is emptied: "no certificate or crl found".
std::string takeError();

// When a handshake is done: what its keys were agreed on with. OpenSSL would keep it as long as the connection lives,
// 430 bytes with X25519 and more with other curves; it is of no more use, and nobody shall find it.
void forgetKeyShares(SSL* ssl);

}  // namespace weir::openssl
