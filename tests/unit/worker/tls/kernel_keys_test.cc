// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/kernel_keys.h"

#include <cppunit/extensions/HelperMacros.h>
#include <linux/tls.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"
#include "tests/unit/worker/tls/certificates.h"
#include "tests/unit/worker/upstream/fixture.h"
#include "worker/tls/openssl.h"
#include "worker/tls/tls_environment.h"
#include "worker/tls/tls_stream.h"

namespace weir {
namespace {

struct OneContext final : TlsServerChoice {
  Ref<const TlsContext> context;
  const TlsContext* forName(std::string_view) const override { return context.get(); }
};

using Bytes = std::basic_string<unsigned char>;

// What a kernel does with keys (RFC 5288 3, RFC 7905 2, RFC 8446 5.2 and 5.3), for one record of text.
class PaperKernel {
 public:
  explicit PaperKernel(const KernelKeys& keys) : keys_(keys) {
    if (keys.cipher() == KernelKeys::Cipher::Aes128Gcm) take<tls12_crypto_info_aes_gcm_128>(EVP_aes_128_gcm());
    if (keys.cipher() == KernelKeys::Cipher::Aes256Gcm) take<tls12_crypto_info_aes_gcm_256>(EVP_aes_256_gcm());
    if (keys.cipher() == KernelKeys::Cipher::ChaCha20Poly1305)
      take<tls12_crypto_info_chacha20_poly1305>(EVP_chacha20_poly1305());
  }

  std::string record(std::string_view text) const {
    bool tls13 = keys_.version() == KernelKeys::Version::Tls13;
    Bytes plain(text.begin(), text.end());
    if (tls13) plain += 23;
    bool in_record = !tls13 && iv_.size() == 8;
    size_t size = plain.size() + 16 + (in_record ? 8 : 0);
    Bytes head{23, 3, 3, static_cast<unsigned char>(size >> 8), static_cast<unsigned char>(size)};
    Bytes bound = sequence_ + Bytes{23, 3, 3, static_cast<unsigned char>(plain.size() >> 8),
                                    static_cast<unsigned char>(plain.size())};
    Bytes nonce = salt_ + iv_;
    for (size_t i = 0; i < 8 && !in_record; ++i) nonce[4 + i] ^= sequence_[i];
    Bytes sealed = head + (in_record ? iv_ : Bytes()) + seal(plain, nonce, tls13 ? head : bound);
    return {sealed.begin(), sealed.end()};
  }

 private:
  template <class Info>
  void take(const EVP_CIPHER* cipher) {
    Info info;
    std::memcpy(&info, keys_.bytes().data(), sizeof info);
    cipher_ = cipher;
    key_.assign(info.key, sizeof info.key);
    iv_.assign(info.iv, sizeof info.iv);
    if constexpr (sizeof info.salt > 0) salt_.assign(info.salt, sizeof info.salt);
    sequence_.assign(info.rec_seq, sizeof info.rec_seq);
  }
  Bytes seal(const Bytes& plain, const Bytes& nonce, const Bytes& bound) const {
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    Bytes out(plain.size() + 16, 0);
    int size = 0;
    EVP_EncryptInit_ex(context, cipher_, nullptr, key_.data(), nonce.data());
    EVP_EncryptUpdate(context, nullptr, &size, bound.data(), static_cast<int>(bound.size()));
    EVP_EncryptUpdate(context, out.data(), &size, plain.data(), static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context, out.data() + size, &size);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out.data() + plain.size());
    EVP_CIPHER_CTX_free(context);
    return out;
  }

  const KernelKeys& keys_;
  const EVP_CIPHER* cipher_ = nullptr;
  Bytes key_, iv_, salt_, sequence_;
};

}  // namespace

// On any kernel: what a TlsStream has noted makes records that its other side takes for the next ones.
class KernelKeysTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(KernelKeysTest);
  CPPUNIT_TEST(theyMakeTheNextRecord);
  CPPUNIT_TEST(theyCountAlong);
  CPPUNIT_TEST(anotherCipherHasNone);
  CPPUNIT_TEST(withoutTheOptionNoneAreNoted);
  CPPUNIT_TEST(newKeysEndThem);
  CPPUNIT_TEST(carriesAndNonces);
  CPPUNIT_TEST_SUITE_END();

  std::optional<SharedStats> stats_;
  EventLoop loop_;
  BufferPool pool_;
  std::optional<TlsEnvironment> tls_;
  OneContext choice_;
  std::unique_ptr<TlsStream> server_, client_;
  TestCertificate certificate_ = selfSigned("DNS:a.example");

  void establish(bool tls13, const std::string& cipher, bool option = true) {
    TlsSettings settings;
    settings.certificate = {certificate_.chain};
    settings.certificate_key = {certificate_.key};
    settings.protocols = {.tls12 = !tls13, .tls13 = tls13};
    settings.ciphers = tls13 ? std::string() : cipher;
    if (tls13) settings.conf_command = {{.name = "Ciphersuites", .value = cipher, .origin = {}}};
    settings.ecdh_curve = "auto";
    settings.buffer_size = {16384};
    settings.session_timeout = std::chrono::minutes(5);
    Diagnostics diagnostics;
    choice_.context = makeRef<TlsContext>(settings, "a", Origin{}, &*tls_, diagnostics);
    if (option) SSL_CTX_set_options(choice_.context->native(), SSL_OP_ENABLE_KTLS);
    ProxyTlsSettings proxy;
    proxy.trusted_certificate = certificate_.chain;
    auto context = tls_->clientContexts().obtain(proxy, {}, diagnostics);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(diagnostics.formatAll(), false, diagnostics.hasErrors());
    auto [near, far] = tcpPair();
    server_ = std::make_unique<TlsStream>(*tls_, std::make_unique<TcpStream>(loop_, std::move(near)), choice_);
    client_ = std::make_unique<TlsStream>(*tls_, std::make_unique<TcpStream>(loop_, std::move(far)), context,
                                          "a.example", "peer");
    CPPUNIT_ASSERT(turnUntil(loop_, [&] {
      auto client = client_->shakeHands(), server = server_->shakeHands();
      return client == TlsStream::Handshake::Done && server == TlsStream::Handshake::Done;
    }));
  }
  static void send(TlsStream& stream, std::string text) {
    iovec part{text.data(), text.size()};
    CPPUNIT_ASSERT_EQUAL(text.size(), stream.send({&part, 1}).bytes);
  }
  std::string received(TlsStream& stream, size_t size) {
    std::string got, piece(size, '\0');
    turnUntil(loop_, [&] {
      IoResult result = stream.recv({piece.data(), piece.size()});
      if (result.status == IoStatus::Ok) got += piece.substr(0, result.bytes);
      return got.size() >= size || result.status == IoStatus::Failed;
    });
    return got;
  }
  void expectNextRecord(bool tls13, const std::string& cipher) {
    establish(tls13, cipher);
    std::string sent(40'000, 'a');  // several records
    send(*server_, sent);
    CPPUNIT_ASSERT(server_->kernelKeys() != nullptr);
    sent += "from the kernel";
    sendNow(server_->fd(), PaperKernel(*server_->kernelKeys()).record("from the kernel"));
    CPPUNIT_ASSERT_MESSAGE(cipher, received(*client_, sent.size()) == sent);
  }

 public:
  void setUp() override {
    stats_.emplace();
    tls_.emplace(loop_, pool_, stats_->segment(), nullptr);
  }
  void tearDown() override {
    server_.reset();
    client_.reset();
    choice_.context = {};
    stats_.reset();
  }

  void theyMakeTheNextRecord() {
    for (const char* cipher : {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"})
      expectNextRecord(true, cipher);
    for (const char* cipher :
         {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"})
      expectNextRecord(false, cipher);
  }
  void theyCountAlong() {
    establish(false, "ECDHE-ECDSA-AES128-GCM-SHA256");
    CPPUNIT_ASSERT_EQUAL(uint64_t{1}, server_->kernelKeys()->sequence());  // Finished was the first
    send(*server_, "x");
    CPPUNIT_ASSERT_EQUAL(uint64_t{2}, server_->kernelKeys()->sequence());
    CPPUNIT_ASSERT(client_->kernelKeys() == nullptr);
  }
  void anotherCipherHasNone() {
    establish(false, "ECDHE-ECDSA-AES128-SHA256");
    CPPUNIT_ASSERT(server_->kernelKeys() == nullptr);
  }
  void withoutTheOptionNoneAreNoted() {
    establish(true, "TLS_AES_128_GCM_SHA256", false);
    CPPUNIT_ASSERT(server_->kernelKeys() == nullptr);
  }
  void newKeysEndThem() {
    establish(true, "TLS_AES_128_GCM_SHA256");
    CPPUNIT_ASSERT(server_->kernelKeys() != nullptr);
    SSL_key_update(server_->native(), SSL_KEY_UPDATE_NOT_REQUESTED);
    send(*server_, "after");
    CPPUNIT_ASSERT(server_->kernelKeys() == nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string("after"), received(*client_, 5));
  }
  void carriesAndNonces() {
    tls12_crypto_info_aes_gcm_128 info{};
    info.info = {TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_128};
    std::memset(info.iv, 0xff, sizeof info.iv);
    info.rec_seq[7] = 0xff;
    auto keys = KernelKeys::of(&info);
    CPPUNIT_ASSERT(keys.has_value());
    CPPUNIT_ASSERT_EQUAL(29U, keys->overhead());
    keys->advance();
    CPPUNIT_ASSERT_EQUAL(uint64_t{256}, keys->sequence());
    std::memcpy(&info, keys->bytes().data(), sizeof info);
    for (unsigned char byte : info.iv) CPPUNIT_ASSERT_EQUAL(0, int{byte});
    info.info.version = TLS_1_3_VERSION;
    info.iv[0] = 7;
    keys = KernelKeys::of(&info);
    keys->advance();
    std::memcpy(&info, keys->bytes().data(), sizeof info);
    CPPUNIT_ASSERT(info.iv[0] == 7 && info.iv[7] == 0);
    CPPUNIT_ASSERT_EQUAL(22U, keys->overhead());
    info.info.cipher_type = 1;
    CPPUNIT_ASSERT(!KernelKeys::of(&info).has_value());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(KernelKeysTest);

}  // namespace weir
