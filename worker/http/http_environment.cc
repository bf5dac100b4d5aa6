// SPDX-License-Identifier: Apache-2.0
#include "worker/http/http_environment.h"

#include "worker/http/active_request.h"

namespace weir {

HttpEnvironment::HttpEnvironment(WorkerServices& services) : services_(services) {}

HttpEnvironment::~HttpEnvironment() = default;

std::unique_ptr<ActiveRequest> HttpEnvironment::takeRequest() {
  if (free_requests_.empty()) return std::make_unique<ActiveRequest>(loop());
  auto request = std::move(free_requests_.back());
  free_requests_.pop_back();
  return request;
}

void HttpEnvironment::giveRequest(std::unique_ptr<ActiveRequest> request) {
  if (free_requests_.size() < kMaxFreeRequests) free_requests_.push_back(std::move(request));
}

std::string_view HttpEnvironment::date() {
  auto second = std::chrono::duration_cast<std::chrono::seconds>(loop().wallNow().time_since_epoch()).count();
  if (second != date_second_) {
    date_second_ = second;
    date_ = HttpDate(second);
  }
  return date_.text();
}

}  // namespace weir
