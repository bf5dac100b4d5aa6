// SPDX-License-Identifier: Apache-2.0
#pragma once
// RecordBio: how OpenSSL reads and writes records of a TlsStream: it reads from the stream's socket into its own
// buffer, and writes to the outbox, which takes everything. All streams of a process share one, which saves each 300
// bytes; during a Turn it is one stream's, and outside of it nobody's. One thread.

#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace weir {

class TlsStream;

class RecordBio {
 public:
  // Around each call of OpenSSL that may read or write.
  class Turn {
   public:
    explicit Turn(TlsStream& stream);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
  };

  // False: there is no memory.
  static bool attach(SSL* ssl);
  // Whose turn it is: for what OpenSSL calls.
  static TlsStream& user();

 private:
  static BIO* shared();
  static const BIO_METHOD* method();
  static int read(BIO* bio, char* to, int size);
  static int write(BIO* bio, const char* from, int size);
  static long control(BIO* bio, int command, long number, void* pointer);
};

}  // namespace weir
