# SPDX-License-Identifier: Apache-2.0
# Builds weir. Every .cc under master/, worker/ and shared/ is a part of the binary; objects are linked directly,
# because the linker would drop self-registering ones (handlers, filters, balancers) from an archive.
#
#   make build            build/weir                   make run      a demo that can be tried with curl
#   make test             everything that must hold    make check    layering, sizes, format, generated docs
#   make MODE=asan build  build/asan/weir              make fuzz     FUZZ_SECONDS=60 for each target
# MODE is release, debug, asan (with UBSan) or tsan. BUILD=DIR puts everything elsewhere than build/.

VERSION  := 0.1.0
MODE     ?= release
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
FUZZ_SECONDS ?= 60
PYTHON   := /usr/bin/python3

MODES := release debug asan tsan fuzz
$(if $(filter $(MODE),$(MODES)),,$(error MODE must be one of $(MODES)))

# However it is written, an object has one name: what make knows of the headers in it hangs on that.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))

OUT    := $(BUILD)/$(MODE)
BINARY := $(if $(filter release,$(MODE)),$(BUILD)/weir,$(OUT)/weir)

# ---- tools and flags ----------------------------------------------------------------------------------------------

PACKAGES := libevent_core inih libcares prometheus-cpp-core fmt libpcre2-8 libisal zlib libssl libcrypto
CXX := $(if $(filter fuzz,$(MODE)),clang++-14,g++)
CC  := $(if $(filter fuzz,$(MODE)),clang-14,gcc)

OPTIMISE_release := -O2 -g1 -fno-plt -D_FORTIFY_SOURCE=2
OPTIMISE_debug   := -O0 -g3
# Not vptr: UBSan reads an object's memory through a pipe, and takes it for invalid when descriptors have run out.
OPTIMISE_asan    := -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize=vptr \
                    -fno-sanitize-recover=undefined
OPTIMISE_tsan    := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
OPTIMISE_fuzz    := $(OPTIMISE_asan) -fsanitize=fuzzer-no-link

WARNINGS := -Wall -Wextra -Wpedantic $(if $(filter fuzz,$(MODE)),,-Werror)
HARDEN   := -fPIE -fstack-protector-strong -fcf-protection
CPPFLAGS := -I. -DWEIR_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CXXFLAGS := -std=c++20 $(OPTIMISE_$(MODE)) $(HARDEN) $(WARNINGS)
SANITISE := $(filter -fsanitize%,$(OPTIMISE_$(MODE)))
LDFLAGS  := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(SANITISE)
LDLIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -pthread

# llhttp, the oracle of the HTTP/1 codecs, comes as C sources (package node-llhttp). Only tests link it.
LLHTTP_SOURCES := /usr/share/llhttp
LLHTTP_HEADERS := /usr/share/include
TEST_CPPFLAGS  := -isystem $(LLHTTP_HEADERS) -isystem $(LLHTTP_HEADERS)/llhttp

# ---- sources ------------------------------------------------------------------------------------------------------

SOURCES      := $(sort $(shell find master worker shared -name '*.cc'))
TEST_SOURCES := $(sort $(shell find tests/unit -name '*.cc'))
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/*_fuzz.cc))
FUZZ_NAMES   := $(FUZZ_SOURCES:tests/fuzz/%_fuzz.cc=%)

object = $(patsubst %.cc,$(OUT)/obj/%.o,$(1))
OBJECTS      := $(call object,$(SOURCES))
PRODUCT      := $(filter-out $(OUT)/obj/master/main.o,$(OBJECTS))
TEST_OBJECTS := $(call object,$(TEST_SOURCES))
# What may be fuzzed needs neither sockets nor loops, so that the instrumented build stays small.
SANS_IO      := $(call object,$(filter shared/% worker/codec/% worker/http/uri.cc $(addprefix worker/tls/, \
                  certificate_facts.cc ocsp_subject.cc openssl.cc pem.cc),$(SOURCES)))
LLHTTP       := $(OUT)/obj/llhttp/llhttp.o $(OUT)/obj/llhttp/api.o $(OUT)/obj/llhttp/http.o

# ---- targets ------------------------------------------------------------------------------------------------------

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile
	@echo "Other targets: bench deps docs fmt install (PREFIX, DESTDIR) clean"

.PHONY: help build run test check fuzz bench install fmt docs deps clean unit-tests replay fuzzers reference
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

build: $(BINARY)
unit-tests: $(OUT)/unit-tests
replay: $(FUZZ_NAMES:%=$(OUT)/replay/%)
fuzzers: $(FUZZ_NAMES:%=$(OUT)/fuzz/%)
reference: $(OUT)/reference

run: deps
	@$(MAKE) --no-print-directory build
	@scripts/run.sh $(BINARY)

test: deps
	@$(PYTHON) scripts/test.py --build $(BUILD)

check: build reference
	@$(PYTHON) scripts/check.py --build $(BUILD)

fuzz:
	@$(MAKE) --no-print-directory MODE=fuzz fuzzers
	@scripts/fuzz.sh $(BUILD)/fuzz/fuzz $(FUZZ_SECONDS) $(FUZZ_NAMES)

bench: build
	@$(PYTHON) tests/bench/bench.py --weir $(BINARY)

deps:
	@scripts/deps.sh

fmt:
	@find master worker shared tests scripts \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 clang-format-14 -i

docs: reference
	$(OUT)/reference configuration > docs/configuration.md
	$(OUT)/reference metrics > docs/metrics.md

install: build
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/sbin/weir
	install -d $(DESTDIR)$(PREFIX)/share/weir $(DESTDIR)$(PREFIX)/share/doc/weir
	cp -R conf $(DESTDIR)$(PREFIX)/share/weir/
	cp -R README.md CHANGELOG.md LICENSE docs/. $(DESTDIR)$(PREFIX)/share/doc/weir/

clean:
	rm -rf $(BUILD)

# ---- how things are made ------------------------------------------------------------------------------------------

$(BINARY): $(OBJECTS)
	@mkdir -p $(@D)
	@echo "  link   $@"
	@$(CXX) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/unit-tests: $(PRODUCT) $(TEST_OBJECTS) $(LLHTTP)
	@echo "  link   $@"
	@$(CXX) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcppunit

$(OUT)/replay/%: $(OUT)/obj/tests/fuzz/%_fuzz.o $(OUT)/obj/tests/fuzz/replay_main.o $(SANS_IO) $(LLHTTP)
	@mkdir -p $(@D)
	@echo "  link   $@"
	@$(CXX) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/fuzz/%: $(OUT)/obj/tests/fuzz/%_fuzz.o $(SANS_IO) $(LLHTTP)
	@mkdir -p $(@D)
	@echo "  link   $@"
	@$(CXX) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

$(OUT)/reference: $(OUT)/obj/scripts/reference_main.o $(PRODUCT)
	@echo "  link   $@"
	@$(CXX) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/obj/tests/%.o: CPPFLAGS += $(TEST_CPPFLAGS)
# A third less time for what is compiled most and runs least.
$(OUT)/obj/tests/unit/%.o: CXXFLAGS += $(if $(filter asan,$(MODE)),-O0)

$(OUT)/obj/%.o: %.cc $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  c++    $<"
	@$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/obj/llhttp/%.o: $(LLHTTP_SOURCES)/%.c $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  cc     $<"
	@$(CC) -I$(LLHTTP_HEADERS)/llhttp $(OPTIMISE_$(MODE)) -fPIE -w -c -o $@ $<

# Changed flags rebuild everything; a changed revision rebuilds one file.
REVISION := $(shell git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null || echo unknown)
$(OUT)/obj/shared/base/version.o: CPPFLAGS += -DWEIR_REVISION='"$(REVISION)"'
$(OUT)/obj/shared/base/version.o: $(OUT)/revision

define remember
@mkdir -p $(@D)
@echo "$(subst ",\",$(1))" | cmp -s - $@ || echo "$(subst ",\",$(1))" > $@
endef
FLAGS := $(CXX) $(CPPFLAGS) $(CXXFLAGS)
$(OUT)/flags: force
	$(call remember,$(FLAGS))
$(OUT)/revision: force
	$(call remember,$(REVISION))
.PHONY: force

.PRECIOUS: $(OUT)/obj/%.o
.SECONDARY: $(TEST_OBJECTS) $(LLHTTP)
-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
