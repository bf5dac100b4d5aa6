// SPDX-License-Identifier: Apache-2.0
// Variables of the connection's TLS; nothing at all where it has none.
#include "worker/tls/tls_variables.h"

#include <array>
#include <utility>

#include "worker/http/exchange.h"
#include "worker/http/variable_tables.h"

namespace weir {
namespace {

using Argument = VariableArgument;

void https(const Exchange& exchange, const Argument&, std::string& to) {
  if (exchange.downstream().tls() != nullptr) to.append("on");
}

template <size_t Row>
void append(const Exchange& exchange, const Argument&, std::string& to) {
  if (const TlsStream* tls = exchange.downstream().tls())
    kTlsVariables[Row].append(*tls, exchange.loop().wallNow(), to);
}

template <size_t... Row>
constexpr auto makeRows(std::index_sequence<Row...>) {
  return std::array{VariableRow{"https", https, "on where the connection is TLS, else nothing", VariableNeed::None,
                                VariableValue::Plain},
                    VariableRow{kTlsVariables[Row].name, append<Row>, kTlsVariables[Row].text}...};
}

constexpr auto kRows = makeRows(std::make_index_sequence<kTlsVariables.size()>());

}  // namespace

std::span<const VariableRow> tlsVariables() { return kRows; }

}  // namespace weir
