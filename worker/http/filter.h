// SPDX-License-Identifier: Apache-2.0
#pragma once
// Filter: looks at every exchange of a route on its way in, at its response head on the way out, and at its end.
// Made from a location's settings when a configuration is compiled; immutable and shared by all exchanges.
// A new filter is one .cc in filters/ with a FilterEntry; the names give the order: "10-access", "90-access_log".

#include <cstdint>
#include <memory>

#include "shared/base/registry.h"

namespace weir {

class CompileContext;
class Exchange;
struct LocationSettings;
struct OutgoingHead;

class Filter {
 public:
  enum class Verdict : uint8_t { Continue, Answered };

  virtual ~Filter() = default;
  // Before the handler; Answered when the filter has answered in its place, or left an Answer that will, or one that
  // calls Exchange::goOn(), after which the filter is asked again.
  virtual Verdict onRequest(Exchange&) const { return Verdict::Continue; }
  // May change the head and add to Exchange::addedFields().
  virtual void onResponse(Exchange&, OutgoingHead&) const {}
  // The exchange is over, one way or another.
  virtual void onEnd(const Exchange&) const {}
};

// Gives null where the settings do not ask for this filter.
using FilterFactory = std::unique_ptr<Filter> (*)(const LocationSettings& location, CompileContext& context);
using FilterEntry = Registry<FilterFactory>::Entry;

}  // namespace weir
