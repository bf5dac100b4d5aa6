// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/record_bio.h"

#include <cassert>

#include "worker/tls/tls_stream.h"

namespace weir {
namespace {

TlsStream* current = nullptr;

}  // namespace

RecordBio::Turn::Turn(TlsStream& stream) {
  assert(current == nullptr);
  current = &stream;
}

RecordBio::Turn::~Turn() { current = nullptr; }

TlsStream& RecordBio::user() {
  assert(current != nullptr);
  return *current;
}

const BIO_METHOD* RecordBio::method() {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "records");
    BIO_meth_set_read(method, read);
    BIO_meth_set_write(method, write);
    BIO_meth_set_ctrl(method, control);
    return method;
  }();
  return made;
}

BIO* RecordBio::shared() {
  static BIO* const made = [] {
    BIO* bio = BIO_new(method());
    if (bio != nullptr) BIO_set_init(bio, 1);
    return bio;
  }();
  return made;
}

bool RecordBio::attach(SSL* ssl) {
  if (shared() == nullptr || BIO_up_ref(shared()) != 1) return false;
  SSL_set_bio(ssl, shared(), shared());
  return true;
}

int RecordBio::read(BIO* bio, char* to, int size) {
  BIO_clear_retry_flags(bio);
  return user().readRecords(bio, to, size);
}

int RecordBio::write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  user().writeRecords(from, size);
  return size;
}

// OpenSSL flushes after each flight. Where a context has SSL_OP_ENABLE_KTLS it also offers its keys, for the socket's
// owner to hand them to the kernel (BIO_CTRL_SET_KTLS_SEND in its own headers; number is 0 for the receiving
// direction). They are taken note of, and the answer is no: records go on to be made here, until the stream has a file
// to send.
long RecordBio::control(BIO*, int command, long number, void* pointer) {
  constexpr int kOffersKeys = 72;
  if (command == kOffersKeys && number != 0) user().noteKeys(pointer);
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace weir
