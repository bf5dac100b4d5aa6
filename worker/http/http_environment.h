// SPDX-License-Identifier: Apache-2.0
#pragma once
// HttpEnvironment: what all HTTP connections of a worker share: its services, recycled requests, and the Date of this
// second. Outlives every connection.

#include <memory>
#include <string_view>
#include <vector>

#include "worker/codec/http_date.h"
#include "worker/event/loop.h"
#include "worker/http/compile_context.h"

namespace weir {

struct ActiveRequest;

class HttpEnvironment {
 public:
  explicit HttpEnvironment(WorkerServices& services);
  ~HttpEnvironment();
  HttpEnvironment(const HttpEnvironment&) = delete;
  HttpEnvironment& operator=(const HttpEnvironment&) = delete;

  WorkerServices& services() { return services_; }
  EventLoop& loop() { return services_.loop; }
  BufferPool& buffers() { return services_.buffers; }

  std::unique_ptr<ActiveRequest> takeRequest();
  void giveRequest(std::unique_ptr<ActiveRequest> request);

  // RFC 9110 6.6.1; made once a second.
  std::string_view date();

  uint64_t nextConnectionNumber() { return ++connection_number_; }
  // worker_connections, of all protocols.
  ConnectionLimit& connections() { return services_.connections; }

  // The worker is ending: answers carry Connection: close.
  bool draining() const { return draining_; }
  void startDraining() { draining_ = true; }

 private:
  static constexpr size_t kMaxFreeRequests = 256;

  WorkerServices& services_;
  std::vector<std::unique_ptr<ActiveRequest>> free_requests_;
  int64_t date_second_ = -1;
  HttpDate date_{0};
  uint64_t connection_number_ = 0;
  bool draining_ = false;
};

}  // namespace weir
