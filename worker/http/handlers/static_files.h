// SPDX-License-Identifier: Apache-2.0
#pragma once
// StaticFiles: answers GET and HEAD with files, or listings of folders (root, alias). Made from a location's settings,
// const after.

#include <memory>
#include <string_view>
#include <vector>

#include "worker/http/downstream.h"
#include "worker/http/files/file_answer.h"
#include "worker/http/files/file_finder.h"
#include "worker/http/handler.h"

namespace weir {

class StaticFiles final : public Handler {
 public:
  StaticFiles(const LocationSettings& location, CompileContext& context);

  void handle(Exchange& exchange) const override;

 private:
  // A coded file that may stand for the plain one.
  struct Coding {
    std::string_view name;    // in Accept-Encoding and Content-Encoding
    std::string_view suffix;  // of the file
    Precompressed when;
  };

  void answerPath(Exchange& exchange) const;
  void answerFolder(Exchange& exchange) const;
  bool answerIndex(Exchange& exchange) const;
  void answerListing(Exchange& exchange) const;
  void failMissing(Exchange& exchange, int error) const;

  bool answerCoded(Exchange& exchange) const;
  void answerFile(Exchange& exchange, const Ref<const OpenFile>& file, OutgoingHead& head) const;
  bool answerByConditions(Exchange& exchange, const Ref<const OpenFile>& file, OutgoingHead& head) const;
  bool answerRanges(Exchange& exchange, const Ref<const OpenFile>& file, OutgoingHead& head) const;
  void answerPart(Exchange& exchange, const Ref<const OpenFile>& file, const ByteRange& part, OutgoingHead& head) const;
  void answerParts(Exchange& exchange, const Ref<const OpenFile>& file, const std::vector<ByteRange>& ranges,
                   OutgoingHead& head) const;
  void send(Exchange& exchange, OutgoingHead& head, std::unique_ptr<FileAnswer> answer) const;
  FileAnswer::Options options() const;

  const HttpSettings& http_;
  const ContentSettings& content_;
  FileFinder finder_;
  BufferPool* buffers_;  // null in a check
  Ref<const MimeTypes> types_;
  std::vector<Coding> codings_;  // the ones preferred first
};

}  // namespace weir
