// SPDX-License-Identifier: Apache-2.0
#pragma once
// serve(): the process becomes a master, in the foreground or not, until it is told to end. The result is its exit
// code.

#include "master/options.h"
#include "master/process_title.h"

namespace weir {

int serve(const Options& options, ProcessTitle& title);

}  // namespace weir
