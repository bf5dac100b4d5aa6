// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tls_context.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "tests/unit/worker/tls/certificates.h"

namespace weir {

class TlsContextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TlsContextTest);
  CPPUNIT_TEST(oneCertificateIsEnough);
  CPPUNIT_TEST(severalKindsOfKeyMayStandTogether);
  CPPUNIT_TEST(twoOfOneKindMayNot);
  CPPUNIT_TEST(withoutACertificateItIsWrong);
  CPPUNIT_TEST(whoRejectsNeedsNone);
  CPPUNIT_TEST(keysAndCertificatesComeInPairs);
  CPPUNIT_TEST(aForeignKeyIsNamed);
  CPPUNIT_TEST(brokenFilesAreNamed);
  CPPUNIT_TEST(expiryIsSaidTwoWeeksBefore);
  CPPUNIT_TEST(wrongWordsAreErrors);
  CPPUNIT_TEST(clientsAreCheckedAgainstSomebody);
  CPPUNIT_TEST(sessionsBelongToTheServer);
  CPPUNIT_TEST(ticketKeysHaveTheirSize);
  CPPUNIT_TEST_SUITE_END();

  TlsSettings settings_;
  TestCertificate ecdsa_ = selfSigned("DNS:a.example");

  static TlsSettings defaults() {
    TlsSettings settings;
    settings.ciphers = "HIGH";
    settings.ecdh_curve = "auto";
    settings.buffer_size = {16384};
    settings.session_timeout = std::chrono::minutes(5);
    return settings;
  }
  void use(const TestCertificate& certificate) {
    settings_.certificate.push_back(certificate.chain);
    settings_.certificate_key.push_back(certificate.key);
  }
  // What is wrong with the settings.
  std::string problems() {
    Diagnostics diagnostics;
    TlsContext(settings_, "a", Origin{}, nullptr, diagnostics);
    return diagnostics.formatAll();
  }
  void expectProblem(const std::string& words) {
    std::string text = problems();
    CPPUNIT_ASSERT_MESSAGE(text, text.find(words) != std::string::npos);
  }
  void expectGood() { CPPUNIT_ASSERT_EQUAL(std::string(), problems()); }

 public:
  void setUp() override { settings_ = defaults(); }

  void oneCertificateIsEnough() {
    use(ecdsa_);
    expectGood();
  }
  void severalKindsOfKeyMayStandTogether() {
    use(ecdsa_);
    use(selfSigned("DNS:a.example", 365, TestKey::Rsa));
    expectGood();
  }
  void twoOfOneKindMayNot() {
    use(ecdsa_);
    use(selfSigned("DNS:b.example"));
    expectProblem("/cert.pem: another certificate has the same kind of key");
  }
  void withoutACertificateItIsWrong() { expectProblem("needs \"ssl_certificate\""); }
  void whoRejectsNeedsNone() {
    settings_.reject_handshake = true;
    expectGood();
  }
  void keysAndCertificatesComeInPairs() {
    use(ecdsa_);
    settings_.certificate_key.clear();
    expectProblem("1 \"ssl_certificate\", but 0 \"ssl_certificate_key\"");
  }
  void aForeignKeyIsNamed() {
    use({ecdsa_.chain, selfSigned("DNS:a.example").key});
    expectProblem("/key.pem: the key does not match the certificate /cert.pem");
  }
  void brokenFilesAreNamed() {
    use({fileOf("no certificate", "/c.pem"), fileOf("no key", "/k.pem")});
    expectProblem("/c.pem: it holds no certificate");
    expectProblem("/k.pem: no private key can be read from it");
    settings_ = defaults();
    std::string torn = *ecdsa_.chain.text;
    use({fileOf(torn.replace(torn.size() / 2, 4, "!!!!"), "/torn.pem"), ecdsa_.key});
    expectProblem("/torn.pem: ");
  }
  void expiryIsSaidTwoWeeksBefore() {
    use(selfSigned("DNS:a.example", 10));
    expectProblem("warning: /cert.pem: the certificate of CN=a.example expires within 10 days");
    settings_ = defaults();
    use(selfSigned("DNS:a.example", 0));
    expectProblem("has expired");
  }
  void wrongWordsAreErrors() {
    use(ecdsa_);
    settings_.ciphers = "NONSENSE";
    settings_.ecdh_curve = "P-1";
    settings_.conf_command.push_back({"Nonsense", "x", {}});
    expectProblem("ssl_ciphers \"NONSENSE\": no cipher match");
    expectProblem("ssl_ecdh_curve: \"P-1\"");
    expectProblem("conf_command \"Nonsense x\"");
  }
  void clientsAreCheckedAgainstSomebody() {
    use(ecdsa_);
    settings_.verify_client = VerifyClient::On;
    expectProblem("\"ssl_verify_client\" needs \"ssl_client_certificate\"");
    settings_.client_certificate = ecdsa_.chain;
    expectGood();
  }
  void sessionsBelongToTheServer() {
    use(ecdsa_);
    Diagnostics diagnostics;
    TlsContext a(settings_, "a", {}, nullptr, diagnostics), again(settings_, "a", {}, nullptr, diagnostics);
    TlsContext b(settings_, "b", {}, nullptr, diagnostics);
    settings_.verify_client = VerifyClient::OptionalNoCa;
    TlsContext verifying(settings_, "a", {}, nullptr, diagnostics);
    CPPUNIT_ASSERT(a.sharesSessionsWith(again));
    CPPUNIT_ASSERT(!a.sharesSessionsWith(b));
    CPPUNIT_ASSERT(!a.sharesSessionsWith(verifying));
  }
  void ticketKeysHaveTheirSize() {
    use(ecdsa_);
    settings_.session_ticket_key = {fileOf(std::string(80, 'k')), fileOf(std::string(48, 'k'))};
    expectGood();
    settings_.session_ticket_key = {fileOf(std::string(49, 'k'), "/ticket.key")};
    expectProblem("/ticket.key: a ticket key has 48 or 80 bytes, and this file 49");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TlsContextTest);

}  // namespace weir
