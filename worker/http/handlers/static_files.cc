// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/static_files.h"

#include <cerrno>

#include "worker/codec/accept_encoding.h"
#include "worker/codec/byteranges_body.h"
#include "worker/http/compile_context.h"
#include "worker/http/default_page.h"
#include "worker/http/exchange.h"
#include "worker/http/files/listing_answer.h"
#include "worker/http/files/request_conditions.h"
#include "worker/http/route.h"

namespace weir {
namespace {

Cause causeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ENXIO:  // a socket
      return Cause::FileNotFound;
    case EACCES:
    case EPERM:
    case ELOOP:
    case EXDEV:
      return Cause::FileForbidden;
    case EMFILE:
    case ENFILE:
      return Cause::OutOfDescriptors;
    default:
      return Cause::FileUnreadable;
  }
}

Ref<const MimeTypes> typesOf(const ContentSettings& content, const CompileContext& context) {
  bool serves = context.services != nullptr && context.services->files != nullptr;
  return serves ? context.services->files->typesFor(content) : Ref<const MimeTypes>();
}

}  // namespace

StaticFiles::StaticFiles(const LocationSettings& location, CompileContext& context)
    : http_(location.http),
      content_(location.http.content),
      finder_(location, context),
      buffers_(context.services == nullptr ? nullptr : &context.services->buffers),
      types_(typesOf(content_, context)) {
  for (const Coding& coding :
       {Coding{"br", ".br", content_.brotli_static}, Coding{"zstd", ".zst", content_.zstd_static},
        Coding{"gzip", ".gz", content_.gzip_static}})
    if (coding.when != Precompressed::Off) codings_.push_back(coding);
}

void StaticFiles::handle(Exchange& exchange) const {
  Method method = exchange.method();
  if (method != Method::Get && method != Method::Head)
    return exchange.fail({Cause::MethodNotAllowed}, "Allow", "GET, HEAD");
  std::string_view path = exchange.path();
  bool hidden = content_.dotfiles == Dotfiles::Deny && FileRoot::isHidden(path);
  if (path.empty() || hidden) return exchange.fail({Cause::FileNotFound});
  path.ends_with('/') && !finder_.namesFile() ? answerFolder(exchange) : answerPath(exchange);
}

void StaticFiles::answerPath(Exchange& exchange) const {
  if (!codings_.empty() && answerCoded(exchange)) return;
  Ref<const OpenFile> file = finder_.find(exchange, exchange.path());
  if (file->isPending()) return finder_.await(exchange);
  if (file->isFolder() && exchange.path().ends_with('/')) return answerFolder(exchange);
  if (file->isFolder()) return exchange.redirectToSlash();
  if (!file->isFile()) return failMissing(exchange, file->error());
  OutgoingHead head;
  head.content_type = file->typeBy(types_);
  if (!codings_.empty()) exchange.addedFields().add("Vary", "Accept-Encoding");
  answerFile(exchange, file, head);
}

void StaticFiles::failMissing(Exchange& exchange, int error) const {
  finder_.services().countError(error);
  exchange.fail({causeOf(error), error});
}

void StaticFiles::answerFolder(Exchange& exchange) const {
  if (answerIndex(exchange)) return;
  Ref<const OpenFile> folder = finder_.find(exchange, exchange.path());
  if (folder->isPending()) return finder_.await(exchange);
  if (!folder->isFolder()) return failMissing(exchange, folder->isFile() ? ENOTDIR : folder->error());
  if (!content_.autoindex) return exchange.fail({Cause::ListingForbidden});
  answerListing(exchange);
}

// S-45: locations are matched anew for the index file. True when it answers, or has to wait.
bool StaticFiles::answerIndex(Exchange& exchange) const {
  for (const std::string& name : content_.index) {
    bool elsewhere = name.starts_with('/');
    if (!elsewhere) {
      Ref<const OpenFile> file = finder_.find(exchange, exchange.path(), name);
      if (file->isPending()) return finder_.await(exchange), true;
      if (!file->isFile()) continue;
    }
    std::string path = elsewhere ? name : std::string(exchange.path()) + name;
    exchange.redirectInternally(path);
    return true;
  }
  return false;
}

void StaticFiles::answerListing(Exchange& exchange) const {
  OpenedFd folder = finder_.openFolder(exchange, exchange.path());
  if (!folder.fd) return failMissing(exchange, folder.error);
  auto answer = std::make_unique<ListingAnswer>(exchange);
  ListingStyle style{content_.autoindex_format, content_.autoindex_exact_size, content_.autoindex_localtime};
  // The key is where openFolder() made it.
  ListingTask task{std::move(folder.fd),
                   std::string(exchange.path()),
                   exchange.templateText(),
                   content_.disable_symlinks,
                   content_.dotfiles,
                   ListingOrder::parse(exchange.args()),
                   style};
  if (!answer->begin(finder_.services().disk(), std::move(task))) return failMissing(exchange, EAGAIN);
  exchange.downstream().discardBody();
  exchange.setAnswer(std::move(answer));
}

// S-49: the coding that the client likes best, of those for which there is a file. True when it answers, or waits.
bool StaticFiles::answerCoded(Exchange& exchange) const {
  std::string_view accepted = exchange.requestField(HeaderId::AcceptEncoding).value_or("");
  uint16_t best = 0;
  const Coding* chosen = nullptr;
  Ref<const OpenFile> file;
  for (const Coding& coding : codings_) {
    uint16_t quality = coding.when == Precompressed::Always ? uint16_t{1000} : codingQuality(accepted, coding.name);
    if (quality <= best) continue;
    Ref<const OpenFile> found = finder_.find(exchange, exchange.path(), coding.suffix);
    if (found->isPending()) return finder_.await(exchange), true;
    if (!found->isFile()) continue;
    best = quality;
    chosen = &coding;
    file = std::move(found);
  }
  if (chosen == nullptr) return false;
  OutgoingHead head;
  head.content_type = types_->find(exchange.path());
  exchange.addedFields().add("Content-Encoding", chosen->name);
  exchange.addedFields().add("Vary", "Accept-Encoding");
  answerFile(exchange, file, head);
  return true;
}

void StaticFiles::answerFile(Exchange& exchange, const Ref<const OpenFile>& file, OutgoingHead& head) const {
  if (head.content_type.empty()) head.content_type = http_.default_type;
  exchange.addedFields().append(content_.etag ? file->fields() : file->fieldsWithoutTag());
  if (RequestConditions::areIn(exchange) && answerByConditions(exchange, file, head)) return;
  if (file->isLoaded()) return exchange.respondWith(head, file->content(), file);
  if (file->size() == 0) return exchange.respondWith(head, {}, {});
  head.content_length = file->size();
  if (exchange.request().method == Method::Head) return exchange.respondWith(head, {}, {});
  ByteRange whole{0, file->size() - 1};
  send(exchange, head, std::make_unique<FileAnswer>(exchange, file, whole, options()));
}

// The page of an error is no representation of what was asked for.
bool StaticFiles::answerByConditions(Exchange& exchange, const Ref<const OpenFile>& file, OutgoingHead& head) const {
  if (exchange.isErrorPage()) return false;
  RequestConditions conditions(exchange);
  auto now = std::chrono::duration_cast<std::chrono::seconds>(exchange.loop().wallNow().time_since_epoch()).count();
  Validators validators{content_.etag ? std::string_view(file->etag()) : std::string_view(), file->modified(), now};
  auto mode = static_cast<ModifiedSince>(content_.if_modified_since);
  switch (evaluate(conditions.all(), validators, mode)) {
    case ConditionVerdict::PreconditionFailed:
      exchange.addedFields().clear();
      return respondDefault(exchange, 412), true;
    case ConditionVerdict::NotModified:
      head.status = 304;
      head.content_type = {};
      return exchange.respondWith(head, {}, {}), true;
    case ConditionVerdict::Proceed:
      break;
  }
  return rangeApplies(conditions.all(), validators) && answerRanges(exchange, file, head);
}

bool StaticFiles::answerRanges(Exchange& exchange, const Ref<const OpenFile>& file, OutgoingHead& head) const {
  auto asked = exchange.requestField(HeaderId::Range);
  bool once = asked && !contains(exchange.request().repeated, HeaderId::Range);
  if (!once || exchange.request().method != Method::Get || content_.max_ranges == 0) return false;
  std::vector<ByteRange> ranges;
  switch (parseByteRanges(*asked, file->size(), content_.max_ranges, ranges)) {
    case RangeVerdict::Whole:
      return false;
    case RangeVerdict::Unsatisfiable:
      exchange.addedFields().add("Content-Range", unsatisfiedRange(file->size()));
      return respondDefault(exchange, 416), true;
    case RangeVerdict::Partial:
      break;
  }
  head.status = 206;
  ranges.size() == 1 ? answerPart(exchange, file, ranges[0], head) : answerParts(exchange, file, ranges, head);
  return true;
}

void StaticFiles::answerPart(Exchange& exchange, const Ref<const OpenFile>& file, const ByteRange& part,
                             OutgoingHead& head) const {
  exchange.addedFields().add("Content-Range", contentRange(part, file->size()));
  if (file->isLoaded()) return exchange.respondWith(head, file->content().substr(part.first, part.size()), file);
  head.content_length = part.size();
  send(exchange, head, std::make_unique<FileAnswer>(exchange, file, part, options()));
}

void StaticFiles::answerParts(Exchange& exchange, const Ref<const OpenFile>& file, const std::vector<ByteRange>& ranges,
                              OutgoingHead& head) const {
  ByterangesBody parts(ranges, file->size(), head.content_type, exchange.requestId());
  std::string type = parts.contentType();
  if (!file->isLoaded()) {
    head.content_type = type;
    head.content_length = parts.length();
    return send(exchange, head, std::make_unique<FileAnswer>(exchange, file, std::move(parts), options()));
  }
  std::string body;
  for (const ByterangesBody::Part& part : parts.parts())
    body.append(part.head).append(file->content().substr(part.range.first, part.range.size()));
  exchange.respond(206, type, body.append(parts.ending()));
}

void StaticFiles::send(Exchange& exchange, OutgoingHead& head, std::unique_ptr<FileAnswer> answer) const {
  exchange.downstream().discardBody();
  if (!exchange.sendHead(head)) return exchange.abort({Cause::OutOfMemory});
  exchange.setAnswer(std::move(answer));
}

FileAnswer::Options StaticFiles::options() const {
  return {*buffers_, finder_.services(), content_.sendfile_max_chunk.bytes, content_.sendfile};
}

namespace {

std::unique_ptr<Handler> makeStaticFiles(const LocationSettings& location, CompileContext& context) {
  if (!FileRoot::isAskedFor(location.http.content)) return nullptr;
  return std::make_unique<StaticFiles>(location, context);
}

const HandlerEntry kEntry("80-static_files", makeStaticFiles);

}  // namespace
}  // namespace weir
