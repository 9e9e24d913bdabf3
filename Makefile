# The list of habits; CMakeLists.txt is the build. `make help` says what there is.
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
BUILD ?= build
CTEST = ctest --output-on-failure --parallel 2 --timeout 600
CONFIGURE = cmake -S . -G Ninja
SANITIZED = -DCMAKE_BUILD_TYPE=Debug
MEMCHECK = valgrind;-q;--leak-check=full;--show-leak-kinds=definite;--errors-for-leak-kinds=definite;--error-exitcode=9

.DEFAULT_GOAL := build
.PHONY: help build programs check check-all lint san tsan valgrind fuzz-smoke bench demo install deps clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

build: ## build in build/ (gcc, or CC=clang in another BUILD=)
	$(CONFIGURE) -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	cmake --build $(BUILD) -j $(JOBS)

programs: ## build what is installed, and nothing else
	$(CONFIGURE) -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	cmake --build $(BUILD) -j $(JOBS) --target programs

check: ## packages, build, tests (scripts/check)
	scripts/check

check-all: ## the slow tests too
	scripts/check --all

lint: ## the style's budget, include rules, banned calls, shellcheck, clang (scripts/lint)
	scripts/lint

san: ## AddressSanitizer and UndefinedBehaviorSanitizer: build in build-san, run the tests
	$(CONFIGURE) -B build-san -DOPENSSPI_ASAN=ON $(SANITIZED)
	cmake --build build-san -j $(JOBS)
	$(CTEST) --test-dir build-san -LE '^(slow|demo)$$'

# With a short history a report has one stack only, and tsan.supp may name the other one's.
tsan: ## ThreadSanitizer: build in build-tsan, run the tests
	$(CONFIGURE) -B build-tsan -DOPENSSPI_TSAN=ON $(SANITIZED)
	cmake --build build-tsan -j $(JOBS)
	TSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsad/tsan.supp:history_size=7 $(CTEST) --test-dir build-tsan -LE '^(slow|demo)$$'

# Left out: unit.crypto-random counts on signals that arrive within a system call, where
# valgrind delivers none; lsad.store needs Landlock and seccomp, which valgrind does not know;
# contract.app.negoex.mit has a mechanism loaded by MIT's library, which forgets 8 bytes about it.
valgrind: ## valgrind's memcheck, leaks too: build in build-valgrind, run the tests in C
	scripts/deps check
	$(CONFIGURE) -B build-valgrind "-DCMAKE_CROSSCOMPILING_EMULATOR=$(MEMCHECK)"
	cmake --build build-valgrind -j $(JOBS)
	$(CTEST) --test-dir build-valgrind -LE '^(slow|demo|interop)$$' -E '^(unit.crypto-random|lsad.store|contract.app.negoex.mit)$$'

fuzz-smoke: ## every fuzzer for some seconds
	scripts/fuzz-smoke

bench: ## the benchmarks
	scripts/bench

demo: ## what it is for, in a minute
	scripts/demo

install: programs ## install under PREFIX (default /usr/local; DESTDIR is honoured)
	cmake --install $(BUILD)

deps: ## install all the Debian packages that any of these needs
	scripts/deps all

clean: ## remove the build folders
	rm -rf build build-san build-tsan build-valgrind build-clang build-fuzz
