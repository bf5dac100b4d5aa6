// SPDX-License-Identifier: Apache-2.0
// ChunkedDecoder over arbitrary bytes. The first byte says how the rest is cut into pieces.

#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/llhttp_oracle.h"
#include "worker/codec/chunked.h"

namespace {

using namespace weir;
using Event = ChunkedDecoder::Event;

struct Outcome {
  Event event = Event::NeedMore;
  size_t consumed = 0;
  std::string body;
  std::string trailers;
};

void require(bool holds, const char* what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s\n%.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

// A fresh copy of each piece, so that a sanitizer sees a read outside it.
void decodePiece(ChunkedDecoder& decoder, std::string_view piece, Outcome& outcome) {
  const std::vector<char> bytes(piece.begin(), piece.end());
  std::string_view rest(bytes.data(), bytes.size());
  do {
    const ChunkedDecoder::Step step = decoder.next(rest);
    require(step.consumed <= rest.size(), "more consumed than given", piece);
    require((step.event == Event::Data) == !step.data.empty(), "data without bytes or bytes without data", piece);
    rest.remove_prefix(step.consumed);
    outcome.event = step.event;
    outcome.consumed += step.consumed;
    outcome.body += step.data;
  } while (outcome.event == Event::Data);
  require(outcome.event != Event::NeedMore || rest.empty(), "wants more, but left some", piece);
}

Outcome decode(std::string_view text, size_t step) {
  ChunkedDecoder decoder;
  Outcome outcome;
  for (size_t at = 0; at < text.size() && outcome.event == Event::NeedMore; at += step)
    decodePiece(decoder, text.substr(at, step), outcome);
  outcome.trailers = decoder.trailerText();
  return outcome;
}

void compareWithLlhttp(const Outcome& outcome, std::string_view text) {
  constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string message = std::string(kHead) + std::string(text.substr(0, outcome.consumed));
  const LlhttpOracle oracle(HTTP_RESPONSE, message, false, true);
  // llhttp 8.1 takes a second extension behind one with a value ("1;a=b;c") for a part of the size.
  if (!oracle.messageComplete() && text.substr(0, outcome.consumed).find(';') != std::string_view::npos) return;
  require(oracle.messageComplete(), ("llhttp refuses: " + oracle.why()).c_str(), text);
  require(oracle.body == outcome.body, "llhttp reads another body", text);
  require(oracle.end() == message.size(), "llhttp ends elsewhere", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = decode(text, text.size() + 1);
  const Outcome pieces = decode(text, data[0] % 16 + 1);
  require(whole.event == pieces.event && whole.body == pieces.body && whole.trailers == pieces.trailers,
          "cut into pieces, it reads otherwise", text);
  if (whole.event != Event::End) return 0;
  require(whole.consumed == pieces.consumed, "cut into pieces, it ends elsewhere", text);
  compareWithLlhttp(whole, text);
  return 0;
}
