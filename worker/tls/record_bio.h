// SPDX-License-Identifier: Apache-2.0
#pragma once
// RecordBio: how OpenSSL reads and writes records of a TlsStream: it reads from the stream's socket into its own
// buffer, and writes to the outbox, which takes everything.

#include <openssl/bio.h>

namespace weir {

class TlsStream;

struct RecordBio {
  // For SSL_set_bio(); belongs to the SSL, which ends before the stream.
  static BIO* make(TlsStream& stream);

 private:
  static const BIO_METHOD* method();
  static int read(BIO* bio, char* to, int size);
  static int write(BIO* bio, const char* from, int size);
  static long control(BIO* bio, int command, long number, void* pointer);
};

}  // namespace weir
