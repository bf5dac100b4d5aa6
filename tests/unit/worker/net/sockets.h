// SPDX-License-Identifier: Apache-2.0
#pragma once
// Plain sockets for tests: connected pairs, listeners on loopback, and the far end's blocking and non-blocking verbs.

#include <sys/socket.h>

#include <string>
#include <string_view>
#include <utility>

#include "shared/base/address.h"
#include "shared/base/fd.h"

namespace weir {

// Both ends non-blocking.
std::pair<Fd, Fd> unixPair();
std::pair<Fd, Fd> tcpPair();

// A listening TCP socket on 127.0.0.1, port chosen by the kernel.
Fd listenOnLoopback(int backlog = 128);
// A non-blocking connect; the connection is made or on its way.
Fd connectTo(const Address& address);

void setNonBlocking(int fd);
void setBufferSizes(int fd, int bytes);
// The close of this descriptor will be a reset.
void closeWithReset(Fd fd);

// Sends what goes now; returns the count.
size_t sendNow(int fd, std::string_view bytes);
// What has arrived by now.
std::string receiveNow(int fd, size_t most = 1 << 20);
// The other side has sent its end, and everything before it was read.
bool atEnd(int fd);
// recv fails with this error; 0: it does not fail.
int receiveError(int fd);
// Reads all there is; 0 for an orderly end, else the error (EAGAIN: no end yet).
int howItEnds(int fd);

}  // namespace weir
