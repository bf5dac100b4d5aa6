// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/file_answer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "worker/http/exchange.h"
#include "worker/http/files/file_services.h"

namespace weir {
namespace {

// So little is cheaper to copy behind the head than to send in a call of its own.
constexpr uint64_t kCopyBelow = 16384;
constexpr uint64_t kCodedSlice = 128 << 10;
// From so many answers of such a size on, each leaves no more than this with the kernel: a few fast readers are served
// with the fewest calls, ten thousand slow ones in bounded memory.
constexpr uint64_t kBulk = 256 << 10;
constexpr int kManyBulk = 64;
constexpr uint32_t kUnsent = 64 << 10;

}  // namespace

FileAnswer::FileAnswer(Exchange& exchange, Ref<const OpenFile> file, const ByteRange& range, const Options& options)
    : exchange_(exchange), file_(std::move(file)), options_(options), range_(range), left_(range.size()) {
  begin(left_);
}

FileAnswer::FileAnswer(Exchange& exchange, Ref<const OpenFile> file, ByterangesBody parts, const Options& options)
    : exchange_(exchange), file_(std::move(file)), options_(options), parts_(std::move(parts)) {
  begin(parts_->length());
  beginPart();
}

FileAnswer::~FileAnswer() {
  cancel();
  if (bulk_) --options_.files.bulkAnswers();
}

void FileAnswer::begin(uint64_t size) {
  bulk_ = size >= kBulk;
  corked_ = bulk_ && options_.sendfile && !exchange_.bodyIsCoded();
  if (corked_) exchange_.downstream().cork(true);
  if (bulk_ && ++options_.files.bulkAnswers() > kManyBulk) exchange_.downstream().limitUnsent(kUnsent);
}

void FileAnswer::beginPart() {
  if (next_part_ < parts_->parts().size()) {
    const ByterangesBody::Part& part = parts_->parts()[next_part_];
    text_ = part.head;
    range_ = part.range;
    left_ = range_.size();
  } else {
    text_ = parts_->ending();
  }
  ++next_part_;
}

void FileAnswer::cancel() {
  if (page_in_ != nullptr) std::exchange(page_in_, nullptr)->letGo();
}

void FileAnswer::onPagedIn() {
  page_in_ = nullptr;
  exchange_.postStep();
}

// S-48: what is not in memory is read by a thread beside the loop first.
bool FileAnswer::mustWaitForDisk() {
  if (range_.first < in_memory_to_) return false;
  uint64_t size = std::min(left_, options_.slice);
  in_memory_to_ = range_.first + size;
  if (file_->isInMemory(range_.first, size, exchange_.loop().now())) return false;
  PageIn::Owner& owner = *this;
  auto job = std::make_unique<PageIn>(owner, file_, range_.first, size);
  PageIn* posted = job.get();
  if (!options_.files.disk().post(std::move(job))) return false;
  options_.files.countDiskWait();
  page_in_ = posted;
  return true;
}

void FileAnswer::step() {
  if (page_in_ != nullptr) return;
  // Coding takes far longer than sending.
  budget_ = exchange_.bodyIsCoded() ? std::min(options_.slice, kCodedSlice) : options_.slice;
  Progress progress = Progress::More;
  while (progress == Progress::More && budget_ > 0) progress = sendNext();
  if (progress == Progress::More) exchange_.postStep();
}

FileAnswer::Progress FileAnswer::sendNext() {
  if (!text_.empty()) return sendText();
  if (left_ > 0) return sendSlice();
  if (!parts_ || next_part_ > parts_->parts().size()) return finish();
  beginPart();
  return Progress::More;
}

FileAnswer::Progress FileAnswer::sendText() {
  IoResult result = exchange_.sendBody(text_, false);
  if (result.status == IoStatus::Failed)
    return exchange_.abort({Cause::ClientAborted, result.os_error}), Progress::Done;
  text_.remove_prefix(result.bytes);
  return text_.empty() ? Progress::More : Progress::Blocked;
}

FileAnswer::Progress FileAnswer::sendSlice() {
  if (mustWaitForDisk()) return Progress::Blocked;
  bool through_memory = exchange_.bodyIsCoded() || !options_.sendfile || left_ <= kCopyBelow || !isEmpty(buffer_);
  if (through_memory) return sendThroughMemory();
  auto count = static_cast<size_t>(std::min(left_, budget_));
  return took(exchange_.sendFile({file_->fd(), range_.first, count}));
}

FileAnswer::Progress FileAnswer::took(const IoResult& result) {
  if (result.status == IoStatus::Blocked) return Progress::Blocked;
  if (result.status == IoStatus::Failed)
    return exchange_.abort({Cause::ClientAborted, result.os_error}), Progress::Done;
  if (result.bytes == 0) return exchange_.abort({Cause::FileTruncated}), Progress::Done;
  range_.first += result.bytes;
  left_ -= result.bytes;
  budget_ -= std::min<uint64_t>(budget_, result.bytes);
  return Progress::More;
}

FileAnswer::Progress FileAnswer::sendThroughMemory() {
  if (isEmpty(buffer_)) {
    Progress read = readSlice();
    if (read != Progress::More) return read;
  }
  std::string_view bytes = buffer_.data();
  IoResult result = exchange_.sendBody(bytes, left_ == bytes.size() && !parts_);
  if (result.bytes > 0) buffer_.consumed(result.bytes);
  if (isEmpty(buffer_)) buffer_.release();
  if (result.status == IoStatus::Ok && result.bytes == 0) return Progress::Blocked;
  return took(result);
}

FileAnswer::Progress FileAnswer::readSlice() {
  buffer_ = options_.buffers.take(static_cast<size_t>(std::min<uint64_t>(left_, BufferPool::kLarge)));
  if (!buffer_) return exchange_.abort({Cause::OutOfMemory}), Progress::Done;
  std::span<char> room = buffer_.space();
  auto count = static_cast<size_t>(std::min<uint64_t>(left_, room.size()));
  ssize_t got = ::pread(file_->fd(), room.data(), count, static_cast<off_t>(range_.first));
  if (got < 0) return exchange_.abort({Cause::FileUnreadable, errno}), Progress::Done;
  if (got == 0) return exchange_.abort({Cause::FileTruncated}), Progress::Done;
  buffer_.produced(static_cast<size_t>(got));
  return Progress::More;
}

FileAnswer::Progress FileAnswer::finish() {
  IoResult flushed = exchange_.flushBody();
  if (flushed.status == IoStatus::Failed)
    return exchange_.abort({Cause::ClientAborted, flushed.os_error}), Progress::Done;
  if (flushed.status != IoStatus::Ok) return Progress::Blocked;
  if (corked_) exchange_.downstream().cork(false);
  exchange_.finish();
  return Progress::Done;
}

}  // namespace weir
