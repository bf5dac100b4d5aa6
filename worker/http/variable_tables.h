// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tables of variables by where a value comes from. For the files of the tables and for variables.cc only.

#include <span>

#include "worker/http/variables.h"
#include "worker/text/value_text.h"

namespace weir {

std::span<const VariableRow> requestVariables();   // the connection, the request, where it went
std::span<const VariableRow> responseVariables();  // the answer, the clock, this process
std::span<const VariableRow> upstreamVariables();
std::span<const VariableRow> tlsVariables();

}  // namespace weir
