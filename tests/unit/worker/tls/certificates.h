// SPDX-License-Identifier: Apache-2.0
#pragma once
// Certificates for tests, made by the library: an authority and what it signs, as texts of PEM files.

#include <memory>
#include <string>
#include <string_view>

#include "shared/config/settings.h"

namespace weir {

struct TestCertificate {
  FileText chain;
  FileText key;
};

enum class TestKey { Ecdsa, Rsa };

// A file of that text, as if it had been read.
FileText fileOf(std::string text, std::string path = "/test.pem");

// A self-signed certificate for these names ("DNS:a.example,IP:127.0.0.1"), good from an hour ago for so many days.
TestCertificate selfSigned(std::string_view names, int days = 365, TestKey key = TestKey::Ecdsa);

}  // namespace weir
