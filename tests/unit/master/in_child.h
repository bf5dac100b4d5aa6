// SPDX-License-Identifier: Apache-2.0
#pragma once
// inChild(): claims about what changes a process for good are tried in a forked one.

#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir {

template <class Claim>
void inChild(Claim claim) {
  pid_t pid = fork();
  if (pid == 0) _exit(claim() ? 0 : 1);
  int status = -1;
  waitpid(pid, &status, 0);
  CPPUNIT_ASSERT_EQUAL(0, status);
}

}  // namespace weir
