// SPDX-License-Identifier: Apache-2.0
#pragma once
// Handler: answers exchanges of a route, or is not there. Made from a location's settings when a configuration is
// compiled, immutable and shared by all exchanges; what one exchange needs is its Answer.
// A new handler is one .cc in handlers/ with a HandlerEntry.

#include <memory>

#include "shared/base/recycled.h"
#include "shared/base/registry.h"
#include "worker/event/loop.h"

namespace weir {

class CompileContext;
class Exchange;
struct HttpSettings;
struct LocationSettings;

// What a handler keeps for one exchange that it cannot answer at once.
class Answer : public Retirable {
 public:
  // Moves what can be moved, in both directions; called when the downstream became ready or the answer woke it.
  // Ends by Exchange::finish(), fail() or abort().
  virtual void step() = 0;
  // The exchange has no more use for it, and it will be destroyed at the end of the turn: it must not call back.
  virtual void cancel() = 0;
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Answers by Exchange::respond(), fail(), or setAnswer() with an Answer that will.
  virtual void handle(Exchange& exchange) const = 0;
};

// Gives null where the settings do not ask for this handler; problems go to the context's diagnostics.
using HandlerFactory = std::unique_ptr<Handler> (*)(const LocationSettings& location, CompileContext& context);
// The first handler that a location's settings ask for answers; order of the names: "10-return", "50-reverse_proxy".
using HandlerEntry = Registry<HandlerFactory>::Entry;

}  // namespace weir
