# The list of habits; CMakeLists.txt is the build. `make help` says what there is.
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
BUILD ?= build
CTEST = ctest --output-on-failure --parallel 2 --timeout 600
CONFIGURE = cmake -S . -G Ninja
SANITIZED = -DCMAKE_BUILD_TYPE=Debug

.DEFAULT_GOAL := build
.PHONY: help build check check-all lint san tsan valgrind fuzz-smoke bench demo install deps clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

build: ## build in build/ (gcc, or CC=clang in another BUILD=)
	$(CONFIGURE) -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	cmake --build $(BUILD) -j $(JOBS)

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

tsan: ## ThreadSanitizer: build in build-tsan, run the tests
	$(CONFIGURE) -B build-tsan -DOPENSSPI_TSAN=ON $(SANITIZED)
	cmake --build build-tsan -j $(JOBS)
	$(CTEST) --test-dir build-tsan -LE '^(slow|demo)$$'

# Leaks are `make san`'s: memcheck would count what a test's forked child inherits as lost.
# crypto-random is left out: under valgrind no signal arrives within a system call, which it tests.
valgrind: build ## the unit tests under valgrind's memcheck: bounds and uninitialised values
	scripts/deps check
	for t in $(BUILD)/bin/test-*; do case $$t in *crypto-random) continue ;; esac; echo "$$t"; (cd $(BUILD) && valgrind -q --leak-check=no \
	    --error-exitcode=9 "$(CURDIR)/$$t" >/dev/null) || exit 1; done

fuzz-smoke: ## every fuzzer for some seconds
	scripts/fuzz-smoke

bench: ## the benchmarks
	scripts/bench

demo: ## what it is for, in a minute
	scripts/demo

install: build ## install under PREFIX (default /usr/local; DESTDIR is honoured)
	cmake --install $(BUILD)

deps: ## install all the Debian packages that any of these needs
	scripts/deps all

clean: ## remove the build folders
	rm -rf build build-san build-tsan build-clang build-fuzz
