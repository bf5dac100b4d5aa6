// SPDX-License-Identifier: Apache-2.0
#pragma once
// FileAnswer: sends an open file, or ranges of it, behind a head that is out: in slices, so that a fast client leaves
// the others their turn. A file that became shorter meanwhile ends the connection: nothing is ever padded (S-48).

#include <optional>
#include <vector>

#include "shared/base/recycled.h"
#include "worker/codec/byteranges_body.h"
#include "worker/http/files/open_file.h"
#include "worker/http/files/page_in.h"
#include "worker/http/handler.h"
#include "worker/net/buffer.h"
#include "worker/net/stream.h"

namespace weir {

class BufferPool;
class Exchange;
class FileServices;

class FileAnswer final : public Answer, public Recycled<FileAnswer>, PageIn::Owner {
 public:
  struct Options {
    BufferPool& buffers;
    FileServices& files;
    uint64_t slice;  // sendfile_max_chunk
    bool sendfile;
  };

  // Sends these bytes of the file.
  FileAnswer(Exchange& exchange, Ref<const OpenFile> file, const ByteRange& range, const Options& options);
  // Sends a multipart body of the file's ranges.
  FileAnswer(Exchange& exchange, Ref<const OpenFile> file, ByterangesBody parts, const Options& options);

  ~FileAnswer() override;

  void step() override;
  void cancel() override;

 private:
  enum class Progress : unsigned char { More, Blocked, Done };

  void onPagedIn() override;

  Progress sendNext();
  Progress sendText();
  Progress sendSlice();
  Progress sendThroughMemory();
  Progress readSlice();
  Progress finish();
  Progress took(const IoResult& result);
  void begin(uint64_t size);
  void beginPart();
  bool mustWaitForDisk();

  Exchange& exchange_;
  Ref<const OpenFile> file_;
  Options options_;
  ByteRange range_;  // what is left of the current one
  uint64_t left_ = 0;
  std::string_view text_;  // what is left of the part's head, or of the ending
  std::optional<ByterangesBody> parts_;
  size_t next_part_ = 0;
  uint64_t budget_ = 0;
  uint64_t in_memory_to_ = 0;  // up to here the file is taken to be in memory
  PageIn* page_in_ = nullptr;  // the DiskThread's; while it is there nothing is sent
  Buffer buffer_;
  bool bulk_ = false;
  bool corked_ = false;
};

}  // namespace weir
