// SPDX-License-Identifier: Apache-2.0
// What an OCSP responder, or whoever stands in its way, answers: judged without harm; and with the signature checked
// nothing is good but what the authority has signed about this certificate.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "worker/tls/ocsp_subject.h"

namespace {

using namespace weir;

// An authority's, and one that it has issued (tests/e2e/weirtest/tls.py makes such).
constexpr const char* kChain =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBhTCCASugAwIBAgICA+kwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHdGVzdC1j\n"
    "YTAgFw0yNjExMzAxNjQzNThaGA8yMTI2MTEwNjE2NDM1OFowFDESMBAGA1UEAwwJ\n"
    "bGVhZi50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEyDaZ1zbTYD8X0eu9\n"
    "sP2td1+4MDE3gkt8/OAwATVNdXEoEvUy5u194iiMefMQOXJWtZvSVc/PtdpFf10a\n"
    "JuAyX6NtMGswFAYDVR0RBA0wC4IJbGVhZi50ZXN0MBMGA1UdJQQMMAoGCCsGAQUF\n"
    "BwMBMB0GA1UdDgQWBBQ0kjW7d9C29PFrPyygEFxd2T7ZIzAfBgNVHSMEGDAWgBS+\n"
    "ZOfjGkhsc/TSfDQGeSJjcIayPzAKBggqhkjOPQQDAgNIADBFAiEAlQuR6thGeOyN\n"
    "pxcolMOIjXsTiiBvda8A4oClb7F3nFECIFFZQGK+7lMRDeSB8NlvXvuiEDvUfR1C\n"
    "XXpZano47rGL\n"
    "-----END CERTIFICATE-----\n"
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBijCCAS+gAwIBAgIUGXnV79PV7bb2TSVk4X6zyRDAidQwCgYIKoZIzj0EAwIw\n"
    "EjEQMA4GA1UEAwwHdGVzdC1jYTAeFw0yNjExMzAxNjQzNTdaFw0zNjExMjcxNjQz\n"
    "NTdaMBIxEDAOBgNVBAMMB3Rlc3QtY2EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
    "AATqrUSf5+R5ALHC5daErlK/MyQBtQnxe89AsfxKSRZ6wiPo6MMXP0RasZ6NIy67\n"
    "Wa1oLPxsmK23twP6jjwG3IkQo2MwYTAdBgNVHQ4EFgQUvmTn4xpIbHP00nw0Bnki\n"
    "Y3CGsj8wHwYDVR0jBBgwFoAUvmTn4xpIbHP00nw0BnkiY3CGsj8wDwYDVR0TAQH/\n"
    "BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSQAwRgIhAJW2gOuH\n"
    "HcAr07KMykb27ZDcn0c50tJPUrWDM9g2r1UiAiEAkCSl+4iKG4o1XtGfIqBrSlXK\n"
    "tU5AB1h/iwTSXIN/pBA=\n"
    "-----END CERTIFICATE-----\n";

std::unique_ptr<OcspSubject> subject(bool verify) {
  FileText chain{"/chain.pem", std::make_shared<const std::string>(kChain), {}};
  TlsSettings settings;
  settings.certificate.push_back(chain);
  settings.trusted_certificate = chain;
  settings.stapling = true;
  settings.stapling_verify = verify;
  settings.stapling_responder = "http://ocsp.test/";
  Diagnostics diagnostics;
  auto subjects = OcspSubject::of(settings, diagnostics);
  if (subjects.size() != 1) std::abort();
  return std::move(subjects[0]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto trusting = subject(false), checking = subject(true);
  // The time in which the corpus is good.
  static const WallTime now{std::chrono::seconds(1796057640)};
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto loose = trusting->judge(bytes, now), strict = checking->judge(bytes, now);
  bool good = strict.fault == OcspFault::None;
  if (good && (loose.fault != OcspFault::None || strict.next_update <= now)) std::abort();
  if (!good && strict.text.empty()) std::abort();
  return 0;
}
