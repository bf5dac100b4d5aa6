// SPDX-License-Identifier: Apache-2.0
#pragma once
// What weir says without serving: the outcome of -t, -T, -v and -V. Results are exit codes.

#include "master/options.h"

namespace weir {

int testConfiguration(const Options& options);
// The effective configuration on stdout, when there is nothing wrong with it.
int dumpConfiguration(const Options& options);
int printVersion();
int printBuild();

}  // namespace weir
