// SPDX-License-Identifier: Apache-2.0
// The part of Exchange that sends a request on to another path or location: index, try_files, error_page.
#include "worker/http/default_page.h"
#include "worker/http/error_pages.h"
#include "worker/http/exchange.h"
#include "worker/http/route.h"

namespace weir {
namespace {

constexpr uint8_t kMaxRedirects = 10;

bool isRedirect(uint16_t code) { return code == 301 || code == 302 || code == 303 || code == 307 || code == 308; }

}  // namespace

bool Exchange::mayRedirect() {
  if (redirects_ < kMaxRedirects) return ++redirects_, true;
  fail({Cause::TooManyRedirects});
  return false;
}

void Exchange::replaceTarget(std::string_view path, std::optional<std::string_view> args) {
  setPath(path);
  if (!args) return;
  args_storage_.assign(*args);
  target_.args = args_storage_;
}

void Exchange::setPath(std::string_view path) {
  if (path == target_.path) return;
  std::string fresh(path);
  path_storage_.swap(fresh);
  target_.path = path_storage_;
  path_changed_ = true;
}

void Exchange::redirectInternally(std::string_view path, std::optional<std::string_view> args) {
  if (!mayRedirect()) return;
  replaceTarget(path, args);
  captures_.clear();
  findRoute();
}

void Exchange::redirectToNamed(std::string_view name) {
  if (!mayRedirect()) return;
  int location = server_->locations().findNamed(name);
  if (location == LocationTree::kNone) return fail({Cause::NoHandler});
  route_ = &server_->route(location);
  answer();
}

void Exchange::redirectToSlash() {
  std::string& location = added_.begin("Location");
  if (route_->http().absolute_redirect)
    location.append(downstream_->scheme()).append("://").append(authority().value_or(host_));
  appendEscapedPath(target_.path, location);
  location += '/';
  if (!target_.args.empty()) location.append("?").append(target_.args);
  added_.end();
  respondDefault(*this, 301);
}

// By nginx's word for the failure, where there is one, else by the status.
const ErrorPage* Exchange::errorPageFor(uint16_t status) const {
  const FailureRow& row = failure_.row();
  const ErrorPage* page = row.page != 0 && row.status == status ? route_->errorPages().find(row.page) : nullptr;
  return page != nullptr ? page : route_->errorPages().find(status);
}

bool Exchange::answerWithErrorPage(uint16_t status) {
  page_status_ = 0;  // what failed now may have been a page itself
  if (head_sent_ || !dispatched() || redirects_ >= kMaxRedirects) return false;
  if (error_page_ && !route_->http().content.recursive_error_pages) return false;
  const ErrorPage* page = errorPageFor(status);
  if (page == nullptr) return false;
  dropAnswer();
  small_body_ = false;
  error_page_ = true;
  page_status_ = page->response.value_or(status);
  redirect_text_.clear();
  page->target.append(*this, redirect_text_);
  followErrorPage(*page);
  return true;
}

void Exchange::followErrorPage(const ErrorPage& page) {
  // A text that begins with a variable is a path where its value is one.
  if (page.goes_to == ErrorPage::GoesTo::Url && !redirect_text_.starts_with('/')) return redirectToUrl();
  bool named = page.goes_to == ErrorPage::GoesTo::Named;
  if (!named || !bodyIsWhole()) dropBody();
  if (named) return redirectToNamed(std::string_view(redirect_text_).substr(1));
  as_get_ = request().method != Method::Head;
  std::string storage;
  Target target;
  if (!parseTarget(redirect_text_, Slashes::Keep, storage, target)) return fail({Cause::NoHandler});
  redirectInternally(target.path, target.args);
}

// The request can still be made as the client made it. Nothing was taken of its body, and that is not what failed.
bool Exchange::bodyIsWhole() const {
  if (request().framing == BodyFraming::None) return true;
  return !body_dropped_ && !bodyConsumed() && failure_.cause != Cause::BodyTooLarge &&
         failure_.cause != Cause::BadChunk && failure_.cause != Cause::ClientBodyTimeout;
}

// What is left of the body belongs to what failed. Without it a POST would mean something else, so it becomes a GET.
void Exchange::dropBody() {
  downstream_->discardBody();
  body_dropped_ = true;
  as_get_ = request().method != Method::Head;
}

void Exchange::redirectToUrl() {
  added_.add("Location", redirect_text_);
  uint16_t status = isRedirect(page_status_) ? page_status_ : 302;
  page_status_ = 0;
  respond(status, {}, {});
}

}  // namespace weir
