// SPDX-License-Identifier: Apache-2.0
#pragma once
// NameDirectory: the host names that some upstream uses, each asked for once whoever wants it. A name lives as long as
// somebody refers to it. Part of UpstreamDirectory.

#include <map>
#include <string>
#include <string_view>

#include "shared/base/ref.h"
#include "shared/stats/segment.h"
#include "worker/event/loop.h"
#include "worker/upstream/resolved_name.h"

namespace weir {

class NameDirectory {
 public:
  class Owner {
   public:
    virtual void onAddressesChanged(const ResolvedName& name) = 0;

   protected:
    ~Owner() = default;
  };

  NameDirectory(EventLoop& loop, Segment& segment, Owner& owner) : loop_(loop), segment_(segment), owner_(owner) {}

  // Who answers from now on; null: nobody. It ends after it is replaced. Names without an answer are asked for again.
  void setResolver(Resolver* resolver);
  Resolver* resolver() const { return resolver_; }
  // A name that is not there yet is asked for at once.
  Ref<ResolvedName> obtain(std::string_view name);

 private:
  friend class ResolvedName;
  void forget(const ResolvedName& name) { names_.erase(name.name()); }
  // An answer came.
  void count(ResolveStatus status);
  Segment& segment() { return segment_; }
  void changed(const ResolvedName& name) { owner_.onAddressesChanged(name); }

  EventLoop& loop_;
  Segment& segment_;
  Owner& owner_;
  Resolver* resolver_ = nullptr;
  std::map<std::string, ResolvedName*, std::less<>> names_;  // not owned: a name forgets itself
};

}  // namespace weir
